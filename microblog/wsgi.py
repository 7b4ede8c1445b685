"""WSGI entry point: `gunicorn microblog.wsgi`."""

import logging
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "microblog.settings")

application = get_wsgi_application()

logging.getLogger("microblog").info("Microblog startup")
