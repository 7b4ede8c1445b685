"""
What an app contributes to the archive of a user's data.

An app names its lists as SECTIONS in its module `archive`, and facts that are one JSON object as FACTS; exports finds
both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import QuerySet
from django.utils.functional import Promise

if TYPE_CHECKING:
    from accounts.models import User

# What the rows of a section are ordered by: JSON keeps lists, not tuples.
Key = list[int]
START: Key = [0, 0]


def by_id(row: Any) -> Key:
    """Return the key of a row in a section that is ordered by id."""
    return [row.pk]


class Section(NamedTuple):
    """One list of the archive; its name is that of its JSON file, of the list inside, and of its pages."""

    name: str
    title: str | Promise
    # A template of exports/archive/.
    template: str
    # Where the section is among those of all apps.
    position: int
    # The user's rows whose key is above a given one, in the order of their keys.
    rows: Callable[[User, Key], QuerySet[Any]]
    # Rows of one page as they are in the JSON file.
    entries: Callable[[User, Sequence[Any]], list[dict[str, Any]]]
    key: Callable[[Any], Key] = by_id
    # Lines that the template "records" shows of a row, read in the language of the archive.
    lines: Callable[[Any], Sequence[str | None]] = lambda _row: ()
    # A second JSON file of the same rows, by the name of its list, with what the first must not have.
    details: tuple[str, Callable[[User, Sequence[Any]], list[dict[str, Any]]]] | None = None


class Facts(NamedTuple):
    """One JSON object of the archive, named like its file; the first page shows it."""

    name: str
    of: Callable[[User], dict[str, Any]]
