"""The site and its floor as one WSGI application: `gunicorn "bench.load.served:make_application()"`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any


def make_application() -> Callable[..., Iterable[bytes]]:
    """Return the site, which sets Django up, with the bare pages next to it."""
    site = import_module("microblog.wsgi").application
    bare = import_module("bench.load.bare")
    floor = bare.make_application()

    def application(environment: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        chosen = floor if environment["PATH_INFO"].startswith(f"{bare.PREFIX}/") else site
        response: Iterable[bytes] = chosen(environment, start_response)
        return response

    return application
