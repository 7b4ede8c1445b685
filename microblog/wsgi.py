"""WSGI entry point: `gunicorn microblog.wsgi`."""

import logging
import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from microblog.core.checks import refuse_unsafe_start
from microblog.core.performance.collector import tune_collector
from microblog.core.performance.frames import with_room_for_calls

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "microblog.settings")

application = with_room_for_calls(get_wsgi_application())

from jobs.worker import start_worker_thread  # noqa: E402 - has models, which the line above loads
from operations.health import start_watch  # noqa: E402 - has models, which the line above loads

refuse_unsafe_start()

# Loads all views, for which the first request of each process would wait, before they are frozen.
reverse("posts:home")

tune_collector()

logging.getLogger("microblog").info("Microblog startup")
start_worker_thread()
start_watch()
