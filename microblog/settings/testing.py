"""What the tests run with: a site of a developer that answers as a public one, without tracebacks."""

DEBUG = False
IS_PUBLIC = False
SECRET_KEY = "known-to-every-test"  # noqa: S105 - refused where it would matter
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
SITE_HOST = "localhost"
HTTPS = False
STAFF_SECOND_FACTOR = False
DEMO_IS_ALLOWED = True
MAIL_WITHOUT_SERVER = "console"
ERRORS_ARE_MAILED = False
LOG_TO_STDOUT = True
STATIC_ROOT = None
STATIC_FILES_BACKEND = "django.contrib.staticfiles.storage.StaticFilesStorage"
