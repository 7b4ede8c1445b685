# ruff: noqa: N999 - the name under which gunicorn is configured everywhere
"""
How gunicorn serves the site: `gunicorn --config microblog/gunicorn.conf.py microblog.wsgi`.

gunicorn itself reads PORT (it then listens there, on every address), WEB_CONCURRENCY (how many workers, 1 by default)
and GUNICORN_CMD_ARGS (any other option, such as `--threads=4`).
"""

import re
from pathlib import Path
from urllib.parse import quote

from gunicorn.glogging import Logger

# Links of mails whose last part is a secret.
SECRET_PATH = re.compile(r"^(/auth/(?:reset_password|confirm_email)/).+")

# Nobody waits longer for an answer; what hangs for as long is ended and started anew.
timeout = 30
# What a worker may take to end its requests when it is told to stop.
graceful_timeout = 30
# Each worker loads the code by itself, so that HUP takes up a new release.
preload_app = False
# On a disk that is slow for a moment, the sign of life of a worker would be late.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - shared memory, not a file's name
control_socket_disable = True

accesslog = "-"
# The address, without what people searched for, and the id that all log lines of the request share. With
# LOG_FORMAT=json the site writes these lines, in the form of its own.
access_log_format = '%(h)s %(t)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms %({x-request-id}o)s'


class logger_class(Logger):  # noqa: N801 - named by gunicorn
    """Writes no secret that stands in an address, and no line end that somebody put there."""

    def atoms(self, *args: object) -> dict[str, object]:
        atoms: dict[str, object] = super().atoms(*args)
        path = quote(str(atoms["U"]), safe="/:@!$&'()*+,;=", encoding="latin-1")
        atoms["U"] = SECRET_PATH.sub(r"\1…", path)
        return atoms
