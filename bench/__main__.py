"""Measure the site: `python -m bench [s|m|l [part of a page's name]]`."""

import secrets
import shutil
import subprocess
import sys

from bench.cluster import cluster
from scripts.environment import PYTHON, ROOT
from scripts.suite import environment

SETS = ("s", "m", "l")


def main(name: str = "", only: str = "", *, module: str = "bench.run", **services: str) -> int:
    """Start the database server, and measure against it with settings as in production."""
    name = name or SETS[0]
    if name not in SETS:
        sys.exit(f"SET={name} is none of {', '.join(SETS)}.")
    if not shutil.which("wrk"):
        sys.exit("wrk was not found; on Debian: apt install wrk")
    with cluster() as database_url:
        settings = {
            "DJANGO_SETTINGS_MODULE": "microblog.settings",
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "0",
            "LOG_TO_STDOUT": "1",
            "WEB_CONCURRENCY": "2",
            **services,
            # Few people ask for much here.
            **{f"RATE_LIMIT_API_{who}": "1000000/s" for who in ("TOKEN", "ACCOUNT", "ADDRESS")},
        }
        command = [str(PYTHON), "-m", module, name, only]
        try:
            return subprocess.call(command, cwd=ROOT, env=environment(database_url) | settings)
        except KeyboardInterrupt:
            return 130


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
