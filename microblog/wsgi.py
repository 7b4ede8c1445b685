"""WSGI entry point: `gunicorn microblog.wsgi`."""

import logging
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "microblog.settings")

application = get_wsgi_application()

from microblog.core.health import start_watch  # noqa: E402 - has models, which the line above loads
from microblog.core.jobs import start_worker_thread  # noqa: E402 - has models, which the line above loads

logging.getLogger("microblog").info("Microblog startup")
start_worker_thread()
start_watch()
