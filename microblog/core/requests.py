"""An id for each request, that its log lines and its error page share."""

import logging
import re
import uuid
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest
from django.utils.log import AdminEmailHandler
from django.views.debug import SafeExceptionReporterFilter

request_id: ContextVar[str] = ContextVar("request_id", default="-")

_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")


def id_of(request: HttpRequest) -> str:
    """Return the id that a trusted proxy gave the request, else a new one."""
    given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
    return given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


class ExceptionReporterFilter(SafeExceptionReporterFilter):
    """Hide addresses of services too, since passwords stand in them."""

    hidden_settings = re.compile(f"{SafeExceptionReporterFilter.hidden_settings.pattern}|URL|LOCATION", re.IGNORECASE)


class ErrorMailHandler(AdminEmailHandler):
    """Mail an error to the administrators: its stack trace and the request, without secrets or what people sent."""

    def format_subject(self, subject: str) -> str:  # noqa: ARG002 - the same for all
        return "Microblog Failure"


class RequestIdFilter(logging.Filter):
    """Give each log record the id of the request in which it was written, or -."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django notes a failed request once it is over, and says which one it was.
        request = getattr(record, "request", None)
        record.request_id = getattr(request, "request_id", None) or request_id.get()
        return True
