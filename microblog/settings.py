"""
Settings of the site, read once from the environment and from `.env` in the project's folder.

An empty variable counts as not set. `.env.example` lists every variable with its default.
"""

import os
import tomllib
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from pythonjsonlogger.core import RESERVED_ATTRS

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")
env.ENVIRON = {name: value for name, value in os.environ.items() if value.strip()}

VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

# --- Core ---

# Error pages with tracebacks, the development server's static files, mail on the console. Never on in public.
DEBUG = env.bool("DEBUG", default=False)

# Signs sessions and tokens. With DEBUG off there is no fallback, and the one below is refused.
PUBLISHED_SECRET_KEYS = ("you-will-never-guess",)
SECRET_KEY = env.str("SECRET_KEY", default=PUBLISHED_SECRET_KEYS[0] if DEBUG else "")
if not DEBUG and (not SECRET_KEY or SECRET_KEY in PUBLISHED_SECRET_KEYS):
    raise ImproperlyConfigured(
        "SECRET_KEY must be set to a random value of your own when DEBUG is off. Make one with: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
# Former values of SECRET_KEY that still open what was signed and encrypted with them, separated by commas.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# Host names the site answers to, separated by commas.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
# Origins trusted with unsafe requests, with scheme, separated by commas; needed behind some proxies.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "microblog.core",
    "audit",
    "accounts",
    "messaging",
    "posts",
    "search",
    "moderation",
    "operations",
    "microblog.core.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "accounts.apps.UserSessionsConfig",
    "crispy_forms",
    "crispy_bootstrap3",
    "csp",
    "django_elasticsearch_dsl",
    "django_htmx",
    "django_rq",
    "rest_framework",
    "corsheaders",
    "drf_spectacular",
]

MIDDLEWARE = [
    "microblog.core.middleware.request_id",
    "microblog.core.middleware.only_utf8",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "microblog.core.middleware.HTMLCompressionMiddleware",
    "microblog.core.middleware.ContentSecurityPolicyMiddleware",
    "operations.middleware.observe",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "microblog.core.middleware.error_pages",
    "microblog.core.api.middleware.api_door",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "microblog.core.middleware.LoginRequiredMiddleware",
    "accounts.middleware.session_lifetime",
    "accounts.middleware.viewer",
    "moderation.middleware.SuspensionMiddleware",
    "accounts.middleware.staff_second_factor",
]

ROOT_URLCONF = "microblog.urls"
WSGI_APPLICATION = "microblog.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "microblog" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "microblog.core.context_processors.site",
            ],
            "libraries": {"i18n": "microblog.core.templatetags.isolating_i18n"},
        },
    },
]
# Two libraries are called i18n on purpose: the site's replaces Django's. test_bidi.py holds that no others do.
SILENCED_SYSTEM_CHECKS = ["templates.W003"]
CRISPY_TEMPLATE_PACK = "bootstrap3"

# Web processes on this machine, as gunicorn reads it; with several, each needs the cache of the others.
WEB_CONCURRENCY = env.int("WEB_CONCURRENCY", default=1)

# --- Database ---

# An SQLite file by default; postgres://user:password@host:5432/name in production.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'app.db'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A web process and a worker share the file: readers never wait for a writer, writers wait in line.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, because threads of a test cannot share a database in memory.
    DATABASES["default"]["TEST"] = {"NAME": BASE_DIR / "test_app.db"}
else:
    # Seconds that a connection is kept open between requests.
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A server that is away is noticed within seconds, while a page can still say so.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        "tcp_user_timeout": 10_000,
        **DATABASES["default"].get("OPTIONS", {}),
    }

# --- Jobs and cache ---

# unix:///run/redis/redis-server.sock?db=0 or redis://:password@host:6379/0 for the job queues and the cache. Without
# it jobs run in a thread of the web process, and each process has a cache of its own.
REDIS_URL = env.str("REDIS_URL", default="")
# Long enough for a Redis under load, short enough that a silent one holds no page up for long.
REDIS_TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
# What is read from Redis is data and never code.
REDIS_SERIALIZER = "rq.serializers.JSONSerializer"
RQ_QUEUES = {
    queue: {
        "URL": REDIS_URL,
        "REDIS_CLIENT_KWARGS": {"socket_connect_timeout": 0.5},
        "SERIALIZER": REDIS_SERIALIZER,
    }
    for queue in ("microblog-tasks", "microblog-mail")
}
RQ = {
    "COMMIT_MODE": "auto",
    "JOB_CLASS": "microblog.core.workers.WakeUp",
    "WORKER_CLASS": "microblog.core.workers.Worker",
}
# Registered for superusers alone by microblog.core.admin.
RQ_SHOW_ADMIN_LINK = False
REDIS_CACHE = {
    "BACKEND": "microblog.core.cache.RedisCache",
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": "microblog",
    # What version 1 holds is pickled.
    "VERSION": 2,
    "OPTIONS": {**REDIS_TIMEOUTS, "serializer": REDIS_SERIALIZER},
}
CACHES = {
    "default": REDIS_CACHE
    if REDIS_URL
    # Room enough that counted attempts are not pushed out by making others.
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
}

# --- Search ---

# http://host:9200, of an Elasticsearch 9 that searches. Without it, and while it is away, the database does.
ELASTICSEARCH_URL = env.str("ELASTICSEARCH_URL", default="")
# What the names of its indexes begin with, for sites that share one.
ELASTICSEARCH_PREFIX = env.str("ELASTICSEARCH_PREFIX", default="microblog")
# The connection is made by search.engines.elasticsearch, and rows are indexed by the outbox.
ELASTICSEARCH_DSL: dict[str, dict[str, object]] = {}
ELASTICSEARCH_DSL_SIGNAL_PROCESSOR = "django_elasticsearch_dsl.signals.BaseSignalProcessor"

# --- Mail ---

# The SMTP server that takes mail out. Without it mail is printed on the console with DEBUG on, else not sent.
MAIL_SERVER = EMAIL_HOST = env.str("MAIL_SERVER", default="")
EMAIL_PORT = env.int("MAIL_PORT", default=25)
# Encrypt from the start of the conversation on (STARTTLS).
EMAIL_USE_TLS = env.bool("MAIL_USE_TLS", default=False)
EMAIL_HOST_USER = env.str("MAIL_USERNAME", default="")
EMAIL_HOST_PASSWORD = env.str("MAIL_PASSWORD", default="")
# Shorter than the time for which a worker owns a job.
EMAIL_TIMEOUT = 20
# Where mail ends up: "mailbox", "console" or "nowhere"; pages that send some say so.
MAIL_GOES_TO = "mailbox" if MAIL_SERVER else "console" if DEBUG else "nowhere"
EMAIL_BACKEND = {
    "mailbox": "django.core.mail.backends.smtp.EmailBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
    "nowhere": "django.core.mail.backends.dummy.EmailBackend",
}[MAIL_GOES_TO]
# Who gets the mail about errors; the first is the sender of mail to people.
MAIL_ADMINS = env.list("ADMINS", default=[] if MAIL_SERVER else ["your-email@example.com"])
if not MAIL_ADMINS:
    raise ImproperlyConfigured(
        "ADMINS must name at least one e-mail address when MAIL_SERVER is set: the first is the sender of mail."
    )
ADMINS = [("", address) for address in MAIL_ADMINS]
DEFAULT_FROM_EMAIL = MAIL_ADMINS[0]

# --- Accounts ---

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "accounts.validators.MaximumLengthValidator"},
    {"NAME": "accounts.validators.SiteNameValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "posts:home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "reauthenticate": "accounts.forms.ConfirmPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_USERNAME_VALIDATORS = "accounts.validators.username_validators"
ACCOUNT_EMAIL_MAX_LENGTH = 120
# A new address is confirmed before the account opens, wherever mail goes out.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MAIL_SERVER else "optional"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
# In the browser that registered, the link from the mail signs in too.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
# One address a person: a new one takes the old one's place once it is confirmed.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Days after which a new account goes whose address was never confirmed, with its name.
UNCONFIRMED_ACCOUNT_DAYS = env.int("UNCONFIRMED_ACCOUNT_DAYS", default=7)
# Seconds for which the link of a reset mail works.
PASSWORD_RESET_TIMEOUT = env.int("PASSWORD_RESET_TIMEOUT", default=600)
ACCOUNT_LOGOUT_REDIRECT_URL = "posts:home"
# How often something may be tried: amount/time/whom, several of them separated by commas. "ip" is an address, "key" an
# account or e-mail address, "user" somebody signed in. A browser that an account was signed in with before is not
# counted against that account, so that nobody can lock its owner out.
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
    "follow": env.str("RATE_LIMIT_FOLLOW", default="120/10m/user"),
    "send_message": env.str("RATE_LIMIT_SEND_MESSAGE", default="60/10m/user"),
    "report": env.str("RATE_LIMIT_REPORT", default="20/h/user"),
    "export": env.str("RATE_LIMIT_EXPORT", default="10/d/user"),
}
# Days for which sign-ins, failures and changes are kept for the person to read.
SECURITY_LOG_DAYS = env.int("SECURITY_LOG_DAYS", default=90)
# Staff set up a second factor, and use it, before the administration opens.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=not DEBUG)
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "accounts.mfa.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.mfa.AuthenticateForm",
    "reauthenticate": "accounts.mfa.ReauthenticateForm",
    "activate_totp": "accounts.mfa.ActivateTOTPForm",
    "add_webauthn": "accounts.mfa.AddPasskeyForm",
    "login_webauthn": "accounts.mfa.PasskeySignInForm",
    "edit_webauthn": "accounts.mfa.RenamePasskeyForm",
    "authenticate_webauthn": "accounts.passkeys.PasskeyAuthenticateForm",
    "reauthenticate_webauthn": "accounts.passkeys.PasskeyReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Codes of the second factor count as attempts to sign in, for RATE_LIMIT_LOGIN_FAILED.
MFA_RATE_LIMITS = {"webauthn_login": env.str("RATE_LIMIT_PASSKEY_LOGIN", default="25/5m/ip")}
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Where mail goes out nobody gets in with an unconfirmed address; while one changes, a second factor can be set up.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# Largest number of names that one person may hold, the current one and former ones together.
USERNAMES_PER_USER = 10
# Names that nobody can choose, nor what looks like them, separated by commas; `manage.py account create` can.
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
# Days after a sign-in until one is asked to sign in again, also by "Remember Me" and however active one was.
SESSION_MAX_DAYS = env.int("SESSION_MAX_DAYS", default=90)
# Days within which somebody who deleted their account may come back.
ACCOUNT_DELETION_DAYS = env.int("ACCOUNT_DELETION_DAYS", default=14)

# --- Posts ---

# Rows on a page of every list.
POSTS_PER_PAGE = env.int("POSTS_PER_PAGE", default=25)
# Longest post, in characters as a person counts them; 5000 at most.
POST_MAX_LENGTH = env.int("POST_MAX_LENGTH", default=140)

# --- Messages and notifications ---

# Longest private message, in characters as a person counts them; 5000 at most.
MESSAGE_MAX_LENGTH = env.int("MESSAGE_MAX_LENGTH", default=140)
# Days for which notifications are kept, read or not.
NOTIFICATION_DAYS = env.int("NOTIFICATION_DAYS", default=90)

# --- Moderation ---

# Days after a case closed until its evidence is deleted, and after a decision for which the person may answer it.
EVIDENCE_DAYS = env.int("EVIDENCE_DAYS", default=30)

# --- Exports ---

# Folder of the archives that people ask for; every web process and worker must reach it.
EXPORT_FOLDER = Path(env.str("EXPORT_FOLDER", default=str(BASE_DIR / "exports")))
# Days for which an archive can be downloaded.
EXPORT_DAYS = env.int("EXPORT_DAYS", default=7)

# --- Translation of posts ---

# Key of Microsoft Translator (version 3), and the region of the resource it belongs to unless that is global.
MS_TRANSLATOR_KEY = env.str("MS_TRANSLATOR_KEY", default="")
MS_TRANSLATOR_REGION = env.str("MS_TRANSLATOR_REGION", default="")
# Where the service is reached; other clouds have addresses of their own.
MS_TRANSLATOR_URL = env.str("MS_TRANSLATOR_URL", default="https://api.cognitive.microsofttranslator.com").rstrip("/")
# Address of a LibreTranslate server, used without a key of Microsoft's, and the key it asks for, if it does.
LIBRETRANSLATE_URL = env.str("LIBRETRANSLATE_URL", default="").rstrip("/")
LIBRETRANSLATE_KEY = env.str("LIBRETRANSLATE_KEY", default="")

# --- API ---

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "microblog.core.api.formats.AlwaysJSON",
    "DEFAULT_PARSER_CLASSES": ["microblog.core.api.formats.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "microblog.core.api.schema.Schema",
    "EXCEPTION_HANDLER": "microblog.core.api.errors.handle_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Microblog API",
    "VERSION": VERSION,
    "DESCRIPTION": "What people do here in a browser, programs can do for them. Begin at `POST /api/tokens`.",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    # Choices stand where they are used.
    "POSTPROCESSING_HOOKS": [],
}
# Seconds for which a token works that was asked for with a password.
API_TOKEN_SECONDS = env.int("API_TOKEN_SECONDS", default=3600)
# Origins whose pages may call the API from a browser, by token and never with cookies: https://app.example.org,
# separated by commas. None by default.
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-otp"]
CORS_EXPOSE_HEADERS = [
    *("ETag", "Idempotent-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-ID"),
]
if CORS_ALLOWED_ORIGINS:
    MIDDLEWARE.insert(1, "corsheaders.middleware.CorsMiddleware")
# How often the API may be asked: amount/time, by each token, by all tokens of an account together, and by each address
# without one; and besides by an address for new accounts, and by an account for what it deletes.
API_RATE_LIMITS = {
    "token": env.str("RATE_LIMIT_API_TOKEN", default="300/5m"),
    "account": env.str("RATE_LIMIT_API_ACCOUNT", default="1500/5m"),
    "address": env.str("RATE_LIMIT_API_ADDRESS", default="300/5m"),
    "signup": env.str("RATE_LIMIT_API_SIGNUP", default="5/30m"),
    "delete": env.str("RATE_LIMIT_API_DELETE", default="30/30m"),
}

# --- The site ---

SITE_NAME = env.str("SITE_NAME", default="Microblog")
# Who runs the site and how to reach them, shown on the About page.
OPERATOR_NAME = env.str("OPERATOR_NAME", default="")
OPERATOR_CONTACT = env.str("OPERATOR_CONTACT", default="")
# Where vulnerabilities are reported, an address or a link; shown in /.well-known/security.txt.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")

# --- Languages and times ---

LANGUAGE_CODE = "en"
# Each under its own name, so that whoever reads it finds it whatever the page is in.
LANGUAGES = [("en", "English"), ("es", "Español"), ("zh-hans", "简体中文"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"

# --- Static files ---

STATIC_URL = "/static/"
# With DEBUG on, files are served from where they are written.
STATIC_ROOT = None if DEBUG else BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "microblog" / "static"]
STATICFILES_FINDERS = [
    "microblog.core.static_files.SheetFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Archives of what people wrote. Never served but to their owners; web processes and workers share it.
    "exports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": EXPORT_FOLDER,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Security ---

# The site is reached over HTTPS: redirects, secure cookies and HSTS. On unless DEBUG is on.
HTTPS = env.bool("HTTPS", default=not DEBUG)
# Where the site is reached, for links in mail: https://example.org. By default the first of ALLOWED_HOSTS.
_HOST = next((host for host in ALLOWED_HOSTS if host.strip("*.") == host), "")
if DEBUG:
    _HOST = f"localhost:{env.ENVIRON.get('PORT', 8000)}"
SITE_URL = env.str("SITE_URL", default=f"{'https' if HTTPS else 'http'}://{_HOST}" if _HOST else "").rstrip("/")
if MAIL_SERVER and not SITE_URL:
    raise ImproperlyConfigured(
        "SITE_URL must be set when MAIL_SERVER is and ALLOWED_HOSTS names no host: links in mail start with it."
    )
# Reverse proxies in front of the site; their X-Forwarded-For and X-Forwarded-Proto are believed, no others.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
# Monitors ask by plain HTTP, inside the network. Programs are told that they must not.
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|metrics)$", r"^api/(?!docs$)"]
THEME_COOKIE_NAME = "__Host-theme" if HTTPS else "theme"
MESSAGE_STORAGE = "microblog.core.cookies.MessageStorage"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "microblog.core.views.csrf_failure"
# Of all that a browser lets pages ask for, the site uses passkeys and the clipboard.
PERMISSIONS_POLICY = (
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), "
    "fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), "
    "xr-spatial-tracking=(), clipboard-write=(self), publickey-credentials-create=(self), "
    "publickey-credentials-get=(self)"
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# Largest body of a request, in bytes: the longest post takes less than half of it. Nothing takes files.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 0

# --- Monitoring ---

# What monitors send as "Authorization: Bearer ..." to read /metrics and the details of /readyz; staff need none.
MONITORING_TOKEN = env.str("MONITORING_TOKEN", default="")
# A folder where the processes of this machine add up what /metrics tells of answers, such as one under /run; without
# it each tells of its own.
METRICS_FOLDER = env.str("METRICS_FOLDER", default="")
if METRICS_FOLDER:
    Path(METRICS_FOLDER).mkdir(parents=True, exist_ok=True)
    # Where prometheus-client looks for it, when it is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_FOLDER

# --- Logging ---

# Any value: log to standard output; otherwise to logs/microblog.log. With DEBUG on, always to the console.
LOG_TO_STDOUT = bool(env.str("LOG_TO_STDOUT", default="")) or DEBUG
# How a line of the log looks: "line" for people, "json" for programs.
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
# Where errors are reported to, an address of Sentry or of a server that speaks its protocol; nowhere by default.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
# Everybody in ADMINS gets each error at once, with its stack trace.
ERRORS_ARE_MAILED = MAIL_GOES_TO == "mailbox" and not DEBUG
SERVER_EMAIL = f"no-reply@{MAIL_SERVER}"
EMAIL_SUBJECT_PREFIX = ""
DEFAULT_EXCEPTION_REPORTER_FILTER = "microblog.core.requests.ExceptionReporterFilter"
LOG_FOLDER = BASE_DIR / "logs"
if not LOG_TO_STDOUT:
    LOG_FOLDER.mkdir(mode=0o700, exist_ok=True)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s: %(message)s [in %(pathname)s:%(lineno)d] %(request_id)s"},
        "json": {
            "()": "microblog.core.scrubbing.JsonFormatter",
            "format": "%(levelname)s %(name)s %(message)s %(request_id)s %(pathname)s %(lineno)d %(process)d",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "time",
            # What Django hands over with a record and JSON does not know.
            "reserved_attrs": [*RESERVED_ATTRS, "request", "server_time"],
        },
    },
    "filters": {
        "request_id": {"()": "microblog.core.requests.RequestIdFilter"},
        "answer": {"()": "microblog.core.requests.AnswerFilter"},
        "outage": {"()": "microblog.core.requests.OutageFilter"},
    },
    "handlers": {
        "log": {
            **(
                {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}
                if LOG_TO_STDOUT
                else {
                    "class": "logging.handlers.RotatingFileHandler",
                    "filename": LOG_FOLDER / "microblog.log",
                    "maxBytes": 10240,
                    "backupCount": 10,
                    "delay": True,
                }
            ),
            "formatter": LOG_FORMAT,
            "filters": ["request_id"],
        },
        "mail": {
            "class": "microblog.core.error_mail.ErrorMailHandler",
            "level": "ERROR",
            "filters": ["request_id", "outage"],
        },
    },
    "root": {"handlers": ["log", "mail"] if ERRORS_ARE_MAILED else ["log"], "level": "INFO"},
    # fido2 tells the id of each passkey, elastic_transport each request.
    "loggers": {
        "django": {"level": "INFO"},
        "fido2": {"level": "WARNING"},
        "elastic_transport": {"level": "ERROR"},
        # gunicorn writes its lines about answers by itself, unless they are to look like all others.
        **({"gunicorn.access": {"filters": ["answer"], "propagate": True}} if LOG_FORMAT == "json" else {}),
    },
}
