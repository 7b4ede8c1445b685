"""A site that the public reaches: HTTPS, a second factor for staff, and nothing that is published or guessed."""

from .environment import BASE_DIR

DEBUG = False
# What other users of the machine and of the network could read or do is refused or warned of.
IS_PUBLIC = True
# Both must be set.
SECRET_KEY = ""
ALLOWED_HOSTS: list[str] = []
# The first of ALLOWED_HOSTS.
SITE_HOST = ""
HTTPS = True
STAFF_SECOND_FACTOR = True
DEMO_IS_ALLOWED = False
MAIL_WITHOUT_SERVER = "nowhere"
ERRORS_ARE_MAILED = True
LOG_TO_STDOUT = False
# `manage.py collectstatic` compresses static files there, under names with a hash of their content.
STATIC_ROOT = BASE_DIR / "staticfiles"
STATIC_FILES_BACKEND = "whitenoise.storage.CompressedManifestStaticFilesStorage"
