"""
Mail to the administrators about errors: what went wrong and where, and nothing that people wrote or sent.

It is sent by a job, and once in MAIL_SECONDS for each kind of error at each place; the log holds every one.
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

from microblog.core.logs import scrub
from microblog.core.requests import request_id

SUBJECT = "Microblog Failure"
# Errors of one kind at one place are mailed about once in as many seconds.
MAIL_SECONDS = 600
# What of an exception's own text is kept.
MESSAGE_LENGTH = 300
# Errors of a visitor's, answered with 4xx, that Django logs as errors.
_VISITORS_OWN = "django.security."
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)|\[[^\[\]]*\]")


class ErrorMailHandler(logging.Handler):
    """Enqueue a mail about an error, unless one about the same kind and place has just been enqueued."""

    # Enqueues a report. Logging is set up before there are models, which jobs are: set by OperationsConfig.
    enqueue: Callable[[str], None] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(_VISITORS_OWN) or not cache.add(_key(record), 1, MAIL_SECONDS):
            return
        report = make_report(record)
        try:
            if self.enqueue:
                self.enqueue(report)
                return
        except DatabaseError:
            pass
        # There is no job without a database, and nobody who waits for a page may wait for a mail server.
        Thread(
            target=send_report, args=(report,), kwargs={"fail_silently": True}, name="error-mail", daemon=True
        ).start()


def send_report(report: str, *, fail_silently: bool = False) -> None:
    """Mail a report to ADMINS, now."""
    mail_admins(SUBJECT, report, connection=get_connection(fail_silently=fail_silently))


def make_report(record: logging.LogRecord) -> str:
    """Return the text of a mail: message, view, id of the request, and the traceback without any value."""
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
        f"Further errors of this kind at this place are in the log alone for {MAIL_SECONDS // 60} minutes.",
    ]
    return "\n".join(lines)


def describe(error: BaseException) -> str:
    """
    Return the kind of an exception and its message, without what could be a value in it.

    Of a database's error only SQLSTATE and the names of constraint and table remain: its text repeats the row. Of
    other messages the first line remains, without what stands in quotes or brackets, and email addresses.
    """
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, DatabaseError) or hasattr(error, "diag") or hasattr(error, "sqlite_errorname"):
        return ", ".join([kind, *_facts_of_database(error)])
    return f"{kind}: {without_values(str(error))}"


def without_values(text: str) -> str:
    """Return the first line of a message, without what could be a value in it."""
    first = (text.splitlines() or [""])[0]
    return scrub(_QUOTED.sub("…", first[: 10 * MESSAGE_LENGTH]))[:MESSAGE_LENGTH]


def _facts_of_database(error: BaseException) -> Iterator[str]:
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
    """Yield the places of an exception and of its causes, as Python does, each with what describe() tells of it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield "Traceback (most recent call last):" if current is error else "Caused by, or while handling:"
        yield from "".join(traceback.format_tb(current.__traceback__)).splitlines()
        yield describe(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _key(record: logging.LogRecord) -> str:
    """Return the name of the kind and place of an error: the exception's type and the innermost code it passed."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return f"error-mail:{record.pathname}:{record.lineno}"
    place = f"{record.pathname}:{record.lineno}"
    for frame, line in traceback.walk_tb(error.__traceback__):
        # The last one of the project's own: a library's is the same for many faults.
        if (
            frame.f_code.co_filename.startswith(f"{settings.BASE_DIR}/")
            and "site-packages" not in frame.f_code.co_filename
        ):
            place = f"{frame.f_code.co_filename}:{line}"
    return f"error-mail:{type(error).__module__}.{type(error).__qualname__}:{place}"
