"""Mail: the server that takes it out, and who gets the mail about errors."""

from django.core.exceptions import ImproperlyConfigured

from .configuration import configuration
from .environment import env

# The SMTP server that takes mail out. Without it mail goes where the configuration says.
MAIL_SERVER = EMAIL_HOST = env.str("MAIL_SERVER", default="")
EMAIL_PORT = env.int("MAIL_PORT", default=25)
# Encrypt from the start of the conversation on (STARTTLS).
EMAIL_USE_TLS = env.bool("MAIL_USE_TLS", default=False)
EMAIL_HOST_USER = env.str("MAIL_USERNAME", default="")
EMAIL_HOST_PASSWORD = env.str("MAIL_PASSWORD", default="")
# Shorter than the time for which a worker owns a job.
EMAIL_TIMEOUT = 20
# Where mail ends up: "mailbox", "console" or "nowhere"; pages that send some say so.
MAIL_GOES_TO = "mailbox" if MAIL_SERVER else configuration.MAIL_WITHOUT_SERVER
EMAIL_BACKEND = {
    "mailbox": "django.core.mail.backends.smtp.EmailBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
    "nowhere": "django.core.mail.backends.dummy.EmailBackend",
}[MAIL_GOES_TO]
# Who gets the mail about errors; the first is the sender of mail to people.
MAIL_ADMINS = env.list("ADMINS", default=[] if MAIL_SERVER else ["your-email@example.com"])
if not MAIL_ADMINS:
    raise ImproperlyConfigured(
        "ADMINS must name at least one email address when MAIL_SERVER is set: the first is the sender of mail."
    )
ADMINS = [("", address) for address in MAIL_ADMINS]
DEFAULT_FROM_EMAIL = MAIL_ADMINS[0]
# All ADMINS get each error at once, with its traceback.
ERRORS_ARE_MAILED = configuration.ERRORS_ARE_MAILED and MAIL_GOES_TO == "mailbox"
SERVER_EMAIL = f"no-reply@{MAIL_SERVER}"
EMAIL_SUBJECT_PREFIX = ""
