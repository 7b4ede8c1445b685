"""
Records of the log: what they say about their request, and what none may hold, whatever logger it was written to.

No record holds secrets of mailed links, or email addresses.
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

# Mail about a database that does not answer is sent once in as many seconds, by each process.
OUTAGE_MAIL_SECONDS = 600

_SLASH = "(?:/|%2F)"
# As in microblog/gunicorn.conf.py, and where such a link is the parameter of another one.
_SECRET_OF_LINK = re.compile(
    rf"({_SLASH}auth{_SLASH}(?:reset_password|confirm_email){_SLASH})[^\s?&#'\"<>]+", re.IGNORECASE
)
_EMAIL_ADDRESS = re.compile(r"[\w.+%-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+")


def scrub(text: str) -> str:
    """Replace secrets of mailed links and email addresses by an ellipsis."""
    return _EMAIL_ADDRESS.sub("…@…", _SECRET_OF_LINK.sub(r"\1…", text))


class JsonFormatter(BaseJsonFormatter):
    """Writes records as JSON; unlike others it does not use the traceback that the record has already."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - named by logging
        return scrub(logging.Formatter.formatException(self, ei))


def scrub_all_records() -> None:
    """Scrub every record of every logger of this process from now on, before a handler sees it; safe to repeat."""
    make = logging.getLogRecordFactory()
    if make is not _scrubbed:
        _makers.append(make)
        logging.setLogRecordFactory(_scrubbed)


_makers: list[Any] = []
_formatter = logging.Formatter()


def _scrubbed(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record: logging.LogRecord = _makers[-1](*args, **kwargs)
    # What gunicorn notes of a response is a mapping, which it has scrubbed itself.
    if not isinstance(record.args, Mapping):
        record.msg, record.args = scrub(record.getMessage()), ()
    if record.exc_info:
        # Formatters write this in place of the exception's own text.
        record.exc_text = scrub(_formatter.formatException(record.exc_info))
    return record


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
