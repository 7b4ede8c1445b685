"""Reading of what GitHub sends, which is text of strangers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import regex
from django.utils.dateparse import parse_datetime

from repositories.github_urls import NAME, OWNER
from repositories.models import AUTHOR_MAX_LENGTH, TITLE_MAX_LENGTH, Issue, search_text_of

LABEL_MAX_LENGTH = 100
MAX_LABELS = 100
LARGEST_NUMBER = 2**31 - 1

# Line breaks and control characters, and what no database stores.
_UNUSABLE = regex.compile(r"[\p{Cc}\p{Cs}\u2028\u2029]+")
_CHARACTER = regex.compile(r"\X")


class Malformed(Exception):
    """A response does not have the documented format."""


def clean(text: str, limit: int) -> str:
    """Return text in one line of at most `limit` code points; what is cut ends with whole characters and "…"."""
    line = _UNUSABLE.sub(" ", text[: 4 * limit]).strip()
    if len(line) <= limit:
        return line
    end = 0
    for character in _CHARACTER.finditer(line):
        if character.end() >= limit:
            break
        end = character.end()
    return line[:end] + "…"


def read_issue(data: Any) -> Issue:
    """Return an unsaved issue without its repository. Raise Malformed."""
    try:
        state = Issue.State(data["state"])
        title = clean(_text(data["title"]), TITLE_MAX_LENGTH)
        labels = [clean(_label(label), LABEL_MAX_LENGTH) for label in data["labels"][:MAX_LABELS]]
        return Issue(
            id=str(_positive(data["id"], 2**63)),
            number=_positive(data["number"], LARGEST_NUMBER),
            title=title,
            state=state,
            author=clean(_text(data["user"]["login"]), AUTHOR_MAX_LENGTH) if data["user"] is not None else "",
            labels=labels,
            is_pull_request=data.get("pull_request") is not None,
            opened_at=_time(data["created_at"]),
            updated_at=_time(data["updated_at"]),
            closed_at=_time(data["closed_at"]) if state == Issue.State.CLOSED and data["closed_at"] else None,
            search_text=search_text_of(title, labels),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Malformed from error


def read_full_name(data: Any) -> tuple[str, str]:
    """Return the owner and the name of a repository. Raise Malformed."""
    try:
        owner, name = _text(data["owner"]["login"]), _text(data["name"])
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed from error
    if not (OWNER.fullmatch(owner) and NAME.fullmatch(name)):
        raise Malformed
    return owner, name


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _label(value: Any) -> str:
    return value if isinstance(value, str) else _text(value["name"] or "")


def _positive(value: Any, most: int) -> int:
    if type(value) is not int or not 0 < value <= most:
        raise ValueError
    return value


def _time(value: Any) -> datetime:
    time = parse_datetime(value)
    if time is None or time.tzinfo is None:
        raise ValueError
    return time
