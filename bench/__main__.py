"""Measure the site: `python -m bench [s|m|l [part of a page's name]]`."""

import shutil
import sys

from bench.cluster import cluster
from bench.settings import call, production

SETS = ("s", "m", "l")


def main(name: str = "", only: str = "", *, module: str = "bench.run", **services: str) -> int:
    """Start the database server, and measure against it with settings as in production."""
    name = name or SETS[0]
    if name not in SETS:
        sys.exit(f"SET={name} is none of {', '.join(SETS)}.")
    if not shutil.which("wrk"):
        sys.exit("wrk was not found; on Debian: apt install wrk")
    # Few people ask for much here.
    limits = {f"RATE_LIMIT_API_{who}": "1000000/s" for who in ("TOKEN", "ACCOUNT", "ADDRESS")}
    try:
        with cluster() as database_url:
            settings = production(database_url, WEB_CONCURRENCY="2", **services, **limits)
            return call(module, settings, name, only)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
