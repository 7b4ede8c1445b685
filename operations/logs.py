"""
Filters and formatters of the log.

All records, of any logger, are scrubbed of email addresses and of the secrets in mailed links.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from django.db import InterfaceError, OperationalError
from django.views.debug import SafeExceptionReporterFilter
from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from microblog.core.requests import request_id

# How often each process sends mail about a database that is unavailable.
OUTAGE_MAIL_SECONDS = 600

_SLASH = "(?:/|%2F)"
# As in microblog/gunicorn.conf.py, and also in parameters of other URLs.
_SECRET_OF_LINK = re.compile(
    rf"({_SLASH}auth{_SLASH}(?:reset_password|confirm_email){_SLASH})[^\s?&#'\"<>]+", re.IGNORECASE
)
_EMAIL_ADDRESS = re.compile(r"[\w.+%-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+")


def scrub(text: str) -> str:
    """Replace email addresses and the secrets of mailed links with an ellipsis."""
    return _EMAIL_ADDRESS.sub("…@…", _SECRET_OF_LINK.sub(r"\1…", text))


class JsonFormatter(BaseJsonFormatter):
    """Format records as JSON, with scrubbed tracebacks."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - named by logging
        return scrub(logging.Formatter.formatException(self, ei))


def scrub_all_records() -> None:
    """Scrub all records of this process from now on, before any handler; safe to repeat."""
    make = logging.getLogRecordFactory()
    if make is not _scrubbed:
        _factories.append(make)
        logging.setLogRecordFactory(_scrubbed)


_factories: list[Any] = []
_formatter = logging.Formatter()


def _scrubbed(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record: logging.LogRecord = _factories[-1](*args, **kwargs)
    # The arguments of gunicorn's access log are a mapping, which the site's logger_class has scrubbed.
    if not isinstance(record.args, Mapping):
        record.msg, record.args = scrub(record.getMessage()), ()
    if record.exc_info:
        # Formatters use this instead of formatting the exception.
        record.exc_text = scrub(_formatter.formatException(record.exc_info))
    return record


class ExceptionReporterFilter(SafeExceptionReporterFilter):
    """Hide URLs of services too, since they may contain passwords."""

    hidden_settings = re.compile(f"{SafeExceptionReporterFilter.hidden_settings.pattern}|URL|LOCATION", re.IGNORECASE)


class OutageFilter(logging.Filter):
    """Pass one record per period about an unavailable database."""

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
    """Add the id of the request, or "-", to each record; AccessLogFilter has set its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request_id"):
            # Django logs a failed request after its end, and passes it along.
            request = getattr(record, "request", None)
            record.request_id = getattr(request, "request_id", None) or request_id.get()
        return True


class AccessLogFilter(logging.Filter):
    """Turn the arguments of gunicorn's access log into fields of the record."""

    def filter(self, record: logging.LogRecord) -> bool:
        data: Any = record.args
        record.msg, record.args = "%s %s", (data["m"], data["U"])
        record.__dict__.update(
            method=data["m"],
            path=data["U"],
            status=int(data["s"]),
            bytes=data["B"],
            milliseconds=data["M"],
            ip_address=data["h"],
            request_id=data["{x-request-id}o"],
        )
        return True
