"""Accounts: sign-up and sign-in, usernames, sessions, second factors and rate limits."""

from .configuration import configuration
from .environment import env
from .mail import MAIL_SERVER

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.security.backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    # Of imported accounts.
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "accounts.security.hashers.PBKDF2SHA512PasswordHasher",
    "accounts.security.hashers.LargeScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "accounts.security.validators.MaximumLengthValidator"},
    {"NAME": "accounts.security.validators.SiteNameValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "posts:home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.security.forms.passwords.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "reauthenticate": "accounts.security.forms.passwords.ConfirmPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_USERNAME_VALIDATORS = "accounts.validators.username_validators"
ACCOUNT_EMAIL_MAX_LENGTH = 120
# Where mail is sent, a new email address must be confirmed before the account can be used.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MAIL_SERVER else "optional"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
# In the browser of the sign-up, the link in the mail also signs in.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
# One email address per user; a new one replaces it once it is confirmed.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Days after which a new account is deleted if its email address was never confirmed.
UNCONFIRMED_ACCOUNT_DAYS = env.int("UNCONFIRMED_ACCOUNT_DAYS", default=7)
# Lifetime of the link in a mail to reset the password, in seconds.
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_TIMEOUT", default=600)
ACCOUNT_LOGOUT_REDIRECT_URL = "posts:home"
# Rate limits: amount/time/scope, several of them separated by commas. "ip" counts for an IP address, "key" for an
# account or email address, "user" for a signed-in user. Attempts in a browser with which an account was signed in
# before are not limited by attempts elsewhere, so that its owner cannot be locked out.
ACCOUNT_RATE_LIMITS = {
    "login": env.str("RATE_LIMIT_LOGIN", default="25/5m/ip"),
    "login_failed": env.str("RATE_LIMIT_LOGIN_FAILED", default="25/5m/ip,25/h/key"),
    "login_failed_known_device": env.str("RATE_LIMIT_LOGIN_FAILED_KNOWN_DEVICE", default="25/5m/ip"),
    "signup": env.str("RATE_LIMIT_SIGNUP", default="20/30m/ip"),
    "reset_password": env.str("RATE_LIMIT_RESET_PASSWORD", default="25/5m/ip,5/30m/key"),
    "reset_password_from_key": env.str("RATE_LIMIT_RESET_PASSWORD_KEY", default="25/5m/ip"),
    "confirm_email": env.str("RATE_LIMIT_CONFIRM_EMAIL", default="25/5m/ip,5/30m/key"),
    "change_password": env.str("RATE_LIMIT_CHANGE_PASSWORD", default="10/10m/user"),
    "manage_email": env.str("RATE_LIMIT_MANAGE_EMAIL", default="10/10m/user"),
    "reauthenticate": env.str("RATE_LIMIT_REAUTHENTICATE", default="10/10m/user"),
    "translate": env.str("RATE_LIMIT_TRANSLATE", default="60/10m/user"),
    "publish_post": env.str("RATE_LIMIT_POST", default="60/10m/user"),
    "edit": env.str("RATE_LIMIT_EDIT", default="60/10m/user"),
    "write_blog": env.str("RATE_LIMIT_BLOG", default="20/10m/user"),
    "edit_blog": env.str("RATE_LIMIT_BLOG_EDIT", default="60/10m/user"),
    "follow": env.str("RATE_LIMIT_FOLLOW", default="120/10m/user"),
    "react": env.str("RATE_LIMIT_REACT", default="240/10m/user"),
    "send_message": env.str("RATE_LIMIT_SEND_MESSAGE", default="60/10m/user"),
    "report": env.str("RATE_LIMIT_REPORT", default="20/h/user"),
    "export": env.str("RATE_LIMIT_EXPORT", default="10/d/user"),
}
# Days for which sign-ins, failures and changes are kept for the user to read.
SECURITY_LOG_DAYS = env.int("SECURITY_LOG_DAYS", default=90)
# Staff set up a second factor, and use it, before the administration opens.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=configuration.STAFF_SECOND_FACTOR)
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "accounts.security.adapter.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.security.forms.factors.AuthenticateForm",
    "reauthenticate": "accounts.security.forms.factors.ReauthenticateForm",
    "activate_totp": "accounts.security.forms.factors.ActivateTOTPForm",
    "add_webauthn": "accounts.security.forms.factors.AddPasskeyForm",
    "login_webauthn": "accounts.security.forms.factors.PasskeySignInForm",
    "edit_webauthn": "accounts.security.forms.factors.RenamePasskeyForm",
    "authenticate_webauthn": "accounts.security.forms.factors.PasskeyAuthenticateForm",
    "reauthenticate_webauthn": "accounts.security.forms.factors.PasskeyReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Codes of the second factor count as attempts to sign in, for RATE_LIMIT_LOGIN_FAILED.
MFA_RATE_LIMITS = {"webauthn_login": env.str("RATE_LIMIT_PASSKEY_LOGIN", default="25/5m/ip")}
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Where mail is sent, signing in requires a confirmed email address; a second factor can be set up while it changes.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Maximum number of usernames of a user, the current one and former ones together.
USERNAMES_PER_USER = 10
# Usernames that users cannot choose, nor similar ones, separated by commas; `manage.py account create` can.
RESERVED_USERNAMES = env.list(
    "RESERVED_USERNAMES",
    default=[
        *("abuse", "admin", "administrator", "microblog", "moderator", "postmaster", "root", "security", "staff"),
        *("support", "system", "webmaster"),
    ],
)
SESSION_ENGINE = "microblog.core.sessions"
# With "Remember Me"; without it, and after a sign-up, a session ends with the browser.
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Days after which a session expires, also with "Remember Me" and however active the user is.
SESSION_MAX_DAYS = env.int("SESSION_MAX_DAYS", default=90)
# Days within which users can restore a deleted account.
ACCOUNT_DELETION_DAYS = env.int("ACCOUNT_DELETION_DAYS", default=14)
