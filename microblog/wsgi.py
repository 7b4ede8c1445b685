"""WSGI entry point: `gunicorn microblog.wsgi`."""

import gc
import logging
import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from microblog.core.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "microblog.settings")

application = get_wsgi_application()

from jobs.worker import start_worker_thread  # noqa: E402 - has models, which the line above loads
from operations.health import start_watch  # noqa: E402 - has models, which the line above loads

refuse_unsafe_start()

# Loads all views, for which the first request of each process would wait, before they are frozen.
reverse("posts:home")

# Objects of the program live as long as the process, and most objects of a page are freed by reference counts: the
# garbage collector, at its default thresholds, takes a tenth of the time of a page.
gc.freeze()
gc.set_threshold(50_000)

logging.getLogger("microblog").info("Microblog startup")
start_worker_thread()
start_watch()
