"""
Sections of the archive of a user's data, which each app declares in its module `archive`.

SECTIONS has its lists, FACTS its single JSON objects; the app `exports` collects them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import QuerySet
from django.utils.functional import Promise

if TYPE_CHECKING:
    from accounts.models import User

# The sort key of a row; a list, because JSON has no tuples.
Key = list[int]
START: Key = [0, 0]


def by_id(row: Any) -> Key:
    """Return the sort key of a row in a section that is ordered by id."""
    return [row.pk]


class Section(NamedTuple):
    """A list in the archive; `name` is that of its JSON file, of the list in it, and of its pages."""

    name: str
    title: str | Promise
    # A template of exports/archive/.
    template: str
    # The sort order among the sections of all apps.
    position: int
    # Returns the user's rows with a key above the given one, in order.
    rows: Callable[[User, Key], QuerySet[Any]]
    # Returns the JSON objects of the rows of a page.
    entries: Callable[[User, Sequence[Any]], list[dict[str, Any]]]
    key: Callable[[Any], Key] = by_id
    # Returns the lines of a row in the template "records", in the language of the archive.
    lines: Callable[[Any], Sequence[str | None]] = lambda _row: ()
    # Rows on one page, if they are so long that a page of the usual size might not fit in memory.
    page_size: int | None = None
    # The name and the JSON objects of a second file of the same rows, for details that the first must not contain.
    details: tuple[str, Callable[[User, Sequence[Any]], list[dict[str, Any]]]] | None = None


class Facts(NamedTuple):
    """A JSON object in the archive, with the name of its file; the first page shows it."""

    name: str
    of: Callable[[User], dict[str, Any]]
