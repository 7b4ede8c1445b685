"""Middleware for probes and metrics."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from operations import health
from operations.health import State
from operations.metrics import observe_response
from operations.views import PROBES

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def observe(get_response: GetResponse) -> GetResponse:
    """
    Respond to probes before any other middleware, and record the time of all other responses.

    Monitors use plain HTTP and any host name, and have no session. Requests with a session pass through all middleware
    to the same views; while the database is unavailable the status page is shown as to visitors.
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
            # The database, and with it the session, became unavailable since the last check.
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
            health.findings()
            response = get_response(request)
        observe_response(request, response, time.perf_counter() - start)
        return response

    return middleware
