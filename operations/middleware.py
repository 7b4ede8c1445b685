"""What stands around every request."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from operations import health
from operations.health import State
from operations.metrics import count_answer
from operations.views import PROBES

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def observe(get_response: GetResponse) -> GetResponse:
    """
    Answer monitors before anything that may be away, or that leads elsewhere, is asked; count all other answers.

    A monitor asks by plain HTTP at any host name and has no session. Whoever has one goes the way of every page, to
    the same view, and while the database is away reads the status page as a stranger.
    """
    probes = {f"/{name}": view for name, view in PROBES.items()}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        probe = probes.get(request.path_info)
        if probe and settings.SESSION_COOKIE_NAME not in request.COOKIES and request.method in ("GET", "HEAD"):
            return probe(request)
        is_status = request.path_info == "/status"
        if is_status and health.worst(health.findings(health.WATCH_SECONDS)) == State.FAILED:
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        start = time.perf_counter()
        response = get_response(request)
        if is_status and response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # The database went since it was last looked at, and with it the session.
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
            health.findings()
            response = get_response(request)
        count_answer(request, response, time.perf_counter() - start)
        return response

    return middleware
