"""A site on the machine of a developer: tracebacks, plain HTTP, mail and log on the console, demo accounts."""

DEBUG = True
# Other users of the machine and of the network are not kept out: no public host name is accepted.
IS_PUBLIC = False
# The value of SECRET_KEY where the variable is empty. It is published here, so a public site refuses it.
SECRET_KEY = "you-will-never-guess"  # noqa: S105 - refused where it would matter
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
# The host of links in mail, with the port that the server listens on.
SITE_HOST = "localhost"
HTTPS = False
STAFF_SECOND_FACTOR = False
# `manage.py demo` makes accounts with a published password.
DEMO_IS_ALLOWED = True
MAIL_WITHOUT_SERVER = "console"
ERRORS_ARE_MAILED = False
LOG_TO_STDOUT = True
# Static files are served from the folders that they are written in.
STATIC_ROOT = None
STATIC_FILES_BACKEND = "django.contrib.staticfiles.storage.StaticFilesStorage"
