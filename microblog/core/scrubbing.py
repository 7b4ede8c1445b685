"""What no log may hold, whatever logger it was written to: secrets of mailed links, and email addresses."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

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
