"""
Mail administrators about errors, without user input: the exception, its traceback and the view.

A job sends it, once in MAIL_SECONDS for each kind of error at each place; the log has every error.
"""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Callable, Iterator
from http import HTTPStatus
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection, mail_admins
from django.db import Error as DatabaseError

from microblog.core.requests import request_id
from operations.logs import scrub

SUBJECT = "Microblog Failure"
# Errors of the same kind and place are mailed once in this many seconds.
MAIL_SECONDS = 600
# Characters kept of an exception's message.
MESSAGE_LENGTH = 300
# Client errors (4xx) that Django logs as errors.
_CLIENT_ERRORS = "django.security."
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)|\[[^\[\]]*\]")


class ErrorMailHandler(logging.Handler):
    """Enqueues a mail about an error, unless one of the same kind and place was enqueued recently."""

    # Enqueues a report. Set by OperationsConfig, since logging is configured before models are loaded.
    enqueue: Callable[[str], None] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(_CLIENT_ERRORS) or not cache.add(_key(record), 1, MAIL_SECONDS):
            return
        report = make_report(record)
        try:
            if self.enqueue:
                self.enqueue(report)
                return
        except DatabaseError:
            pass
        # No job without a database; and the request must not wait for a mail server.
        Thread(
            target=send_report, args=(report,), kwargs={"fail_silently": True}, name="error-mail", daemon=True
        ).start()


def send_report(report: str, *, fail_silently: bool = False) -> None:
    """Mail a report to ADMINS, synchronously."""
    mail_admins(SUBJECT, report, connection=get_connection(fail_silently=fail_silently))


def make_report(record: logging.LogRecord) -> str:
    """Return the text of a mail: message, view, request ID, and the traceback without values."""
    request = getattr(record, "request", None)
    match = getattr(request, "resolver_match", None)
    message = record.getMessage()
    if request is not None:
        # Django's message has the path, which may hold names and secrets.
        status = HTTPStatus(getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR))
        message = f"{status.phrase} ({request.method})"
    lines = [
        scrub(message),
        f"Logger: {record.name}",
        f"View: {match.view_name or match.route if match else '-'}",
        f"Request: {getattr(request, 'request_id', request_id.get())}",
        "",
        *(_traceback(record.exc_info[1]) if record.exc_info and record.exc_info[1] else ()),
        "",
        f"More errors of this kind and place are only logged for {MAIL_SECONDS // 60} minutes.",
    ]
    return "\n".join(lines)


def describe(error: BaseException) -> str:
    """
    Return the type of an exception and its message, without possible values.

    Of database errors only SQLSTATE and the names of constraint and table remain, since their text repeats the row.
    Of other messages the first line remains, without quoted or bracketed text and email addresses.
    """
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, DatabaseError) or hasattr(error, "diag") or hasattr(error, "sqlite_errorname"):
        return ", ".join([kind, *_database_details(error)])
    return f"{kind}: {without_values(str(error))}"


def without_values(text: str) -> str:
    """Return the first line of a message without possible values."""
    first = (text.splitlines() or [""])[0]
    return scrub(_QUOTED.sub("…", first[: 10 * MESSAGE_LENGTH]))[:MESSAGE_LENGTH]


def _database_details(error: BaseException) -> Iterator[str]:
    source: Any = error.__cause__ if isinstance(error, DatabaseError) and error.__cause__ else error
    diag = getattr(source, "diag", None)
    facts = (
        getattr(source, "sqlstate", None) or getattr(source, "pgcode", None),
        getattr(source, "sqlite_errorname", None),
        getattr(diag, "constraint_name", None),
        getattr(diag, "table_name", None),
    )
    yield from (str(fact) for fact in facts if fact)


def _traceback(error: BaseException) -> Iterator[str]:
    """Yield the traceback lines of an exception and its causes, as Python does, with describe() for the messages."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield "Traceback (most recent call last):" if current is error else "Caused by, or while handling:"
        yield from "".join(traceback.format_tb(current.__traceback__)).splitlines()
        yield describe(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _key(record: logging.LogRecord) -> str:
    """Return the cache key of an error: the exception's type and its innermost line in the project."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return f"error-mail:{record.pathname}:{record.lineno}"
    place = f"{record.pathname}:{record.lineno}"
    for frame, line in traceback.walk_tb(error.__traceback__):
        # The last line of the project: a library's is the same for many errors.
        if (
            frame.f_code.co_filename.startswith(f"{settings.BASE_DIR}/")
            and "site-packages" not in frame.f_code.co_filename
        ):
            place = f"{frame.f_code.co_filename}:{line}"
    return f"error-mail:{type(error).__module__}.{type(error).__qualname__}:{place}"
