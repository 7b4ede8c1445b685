"""
Measure the site with settings as in production, and with its code in this process too.

    python -m bench.load pages [s|m|l [part of a page's name]]   # `make bench`
    python -m bench.load caches [s|m|l [part of a page's name]]  # what each cache of the code gains
    python -m bench.load floor [s|m|l [part of a page's name]]   # the processor time of pages, next to bare ones
    python -m bench.load layers [s|m|l [part of a page's name]]  # where that time is spent
    python -m bench.load search [s|m|l]                          # Elasticsearch on a set, and what indexing costs
    python -m bench.load sqlite [posts]                          # search on SQLite, 100,000 posts
    python -m bench.load blog                                    # the public blog with 10,000 entries, and freezing
    python -m bench.load moderation                              # the queue with 100,000 reports
    python -m bench.load repositories                            # a repository with 50,000 issues
    python -m bench.load threads                                 # a thread with 10,000 replies, and one 500 deep
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import django

from bench.load.cluster import cluster
from bench.settings import production
from scripts.servers import elasticsearch, redis

# Few users request much here.
UNLIMITED = {f"RATE_LIMIT_API_{who}": "1000000/s" for who in ("TOKEN", "ACCOUNT", "IP")}


def main(name: str = "pages", *arguments: str) -> int:
    """Take one of the measurements; return its exit status."""
    if name not in MEASUREMENTS:
        sys.exit(f"{name} is none of {', '.join(MEASUREMENTS)}.")
    try:
        return MEASUREMENTS[name](*arguments)
    except KeyboardInterrupt:
        return 130


def measure_pages(*arguments: str, module: str = "bench.load.run", **services: str) -> int:
    if not shutil.which("wrk"):
        sys.exit("wrk was not found; on Debian: apt install wrk")
    with cluster() as database_url:
        return call(module, production(database_url, WEB_CONCURRENCY="2", **services, **UNLIMITED), *arguments)


def measure_caches(*arguments: str) -> int:
    return measure_code("bench.load.caches", *arguments)


def measure_floor(*arguments: str) -> int:
    return measure_code("bench.load.floor", *arguments)


def measure_layers(*arguments: str) -> int:
    return measure_code("bench.load.layers", *arguments)


def measure_code(module: str, *arguments: str) -> int:
    with cluster() as database_url:
        return call(module, production(database_url, **UNLIMITED), *arguments)


def measure_search(*arguments: str) -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="microblog-")))
        queues, engine = stack.enter_context(redis(folder)), stack.enter_context(elasticsearch(folder))
        services = {"REDIS_URL": queues.url, "ELASTICSEARCH_URL": engine.url, "ELASTICSEARCH_PREFIX": "bench"}
        return measure_pages(*arguments, module="bench.load.search", **services)


def measure_sqlite(*arguments: str) -> int:
    with TemporaryDirectory(prefix="microblog-") as folder:
        return call("bench.load.sqlite", production(f"sqlite:///{folder}/bench.db"), *arguments)


def measure_blog() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="microblog-")))
        queues, database_url = stack.enter_context(redis(folder)), stack.enter_context(cluster())
        return call("bench.load.blog", production(database_url, REDIS_URL=queues.url))


def measure_moderation() -> int:
    with cluster() as database_url:
        return call("bench.load.moderation", production(database_url, STAFF_SECOND_FACTOR="0"))


def measure_repositories() -> int:
    with cluster() as database_url:
        return call("bench.load.repositories", production(database_url))


def measure_threads() -> int:
    with cluster() as database_url:
        return call("bench.load.threads", production(database_url))


def call(module: str, settings: dict[str, str], *arguments: str) -> int:
    """Call the main function of a module, which can only be imported with the site's settings."""
    os.environ.update(settings, DJANGO_SETTINGS_MODULE="microblog.settings")
    django.setup()
    status: int = import_module(module).main(*arguments)
    return status


MEASUREMENTS: dict[str, Callable[..., int]] = {
    "pages": measure_pages,
    "caches": measure_caches,
    "floor": measure_floor,
    "layers": measure_layers,
    "search": measure_search,
    "sqlite": measure_sqlite,
    "blog": measure_blog,
    "moderation": measure_moderation,
    "repositories": measure_repositories,
    "threads": measure_threads,
}

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
