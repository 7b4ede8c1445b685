"""An id for each request, that its log lines, its error page, and the jobs and mails it causes share."""

import logging
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

request_id: ContextVar[str] = ContextVar("request_id", default="-")

# Mail about a database that does not answer is sent once in as many seconds, by each process.
OUTAGE_MAIL_SECONDS = 600

_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")


def id_of(request: HttpRequest) -> str:
    """Return the id that a trusted proxy gave the request, else a new one."""
    given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
    return given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


def current_id() -> str:
    """Return the id of the request at hand, or ''."""
    return request_id.get().strip("-")


@contextmanager
def under(given: str) -> Iterator[None]:
    """Carry on with a request's id elsewhere; without one, with a new one."""
    token = request_id.set(given or uuid.uuid4().hex)
    try:
        yield
    finally:
        request_id.reset(token)


class ExceptionReporterFilter(SafeExceptionReporterFilter):
    """Hide addresses of services too, since passwords stand in them."""

    hidden_settings = re.compile(f"{SafeExceptionReporterFilter.hidden_settings.pattern}|URL|LOCATION", re.IGNORECASE)


class OutageFilter(logging.Filter):
    """Let through one record in a while about a database that does not answer, of the many that there are then."""

    quiet_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, (OperationalError, InterfaceError)):
            return True
        if time.monotonic() < self.quiet_until:
            return False
        self.quiet_until = time.monotonic() + OUTAGE_MAIL_SECONDS
        return True


class RequestIdFilter(logging.Filter):
    """Give each log record the id of the request in which it was written, or -; AnswerFilter knows it already."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_id"):
            # Django notes a failed request once it is over, and says which one it was.
            request = getattr(record, "request", None)
            record.request_id = getattr(request, "request_id", None) or request_id.get()
        return True


class AnswerFilter(logging.Filter):
    """Give what gunicorn notes of an answer, as arguments of its text, the fields that programs read."""

    def filter(self, record: logging.LogRecord) -> bool:
        answer: Any = record.args
        record.msg, record.args = "%s %s", (answer["m"], answer["U"])
        record.__dict__.update(
            method=answer["m"],
            path=answer["U"],
            status=int(answer["s"]),
            bytes=answer["B"],
            milliseconds=answer["M"],
            address=answer["h"],
            request_id=answer["{x-request-id}o"],
        )
        return True
