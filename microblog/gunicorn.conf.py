# ruff: noqa: N999 - the name under which gunicorn is configured everywhere
"""
The configuration of gunicorn: `gunicorn --config microblog/gunicorn.conf.py microblog.wsgi`.

gunicorn itself reads PORT (to listen on it, on all IP addresses), WEB_CONCURRENCY (the number of workers, 1 by
default) and GUNICORN_CMD_ARGS (any other option, such as `--threads=4`).
"""

import re
from pathlib import Path
from urllib.parse import quote

from gunicorn.glogging import Logger

# Mailed links, whose last part is a secret.
SECRET_PATH = re.compile(r"^(/auth/(?:reset_password|confirm_email)/).+")

# Seconds after which a worker that hangs is restarted.
timeout = 30
# Seconds for a worker to finish its requests when it stops.
graceful_timeout = 30
# Each worker loads the code by itself, so that HUP loads a new release.
preload_app = False
# On a slow disk, the heartbeat of a worker could be late.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - shared memory, not a file's name
control_socket_disable = True

accesslog = "-"
# The URL without its query string, which has searches, and the id that all log records of the request share. With
# LOG_FORMAT=json the site formats these records.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms %({x-request-id}o)s'


class logger_class(Logger):  # noqa: N801 - named by gunicorn
    """Removes secrets from URLs, and escapes line breaks in them."""

    def atoms(self, *args: object) -> dict[str, object]:
        atoms: dict[str, object] = super().atoms(*args)
        path = quote(str(atoms["U"]), safe="/:@!$&'()*+,;=", encoding="latin-1")
        atoms["U"] = SECRET_PATH.sub(r"\1…", path)
        return atoms
