"""
Slices of lists, for pages and the API.

Keyset pagination is the rule: the cursor is an id, no row is counted and none is skipped. The oldest resources of the
API, and search, number their pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from microblog.core.performance.queries import Shape

LARGEST_ID = 2**63 - 1

Rows = TypeVar("Rows", bound=QuerySet[Any])


@dataclass(frozen=True)
class Cursor:
    """
    A place in a list ordered by falling ids, and how many rows are wanted from there.

    `before` asks for the rows next below an id, `after` for those next above it; with neither the list starts
    at its top. `limit` is one more than a page holds, so that the extra row tells whether the list goes on.
    """

    limit: int
    before: int | None = None
    after: int | None = None

    def window(self, queryset: Rows, *, key: str = "pk") -> Rows:
        """Cut out the rows wanted, those nearest to the cursor first (so `after` gives rising ids)."""
        if self.after is not None:
            queryset = queryset.filter(**{f"{key}__gt": self.after})
        elif self.before is not None:
            queryset = queryset.filter(**{f"{key}__lt": self.before})
        return self.nearest(queryset, key=key)

    def nearest(self, queryset: Rows, *, key: str = "pk") -> Rows:
        """Cut out the rows nearest to the cursor from rows that all lie on its side."""
        return queryset.order_by(key if self.after is not None else f"-{key}")[: self.limit]

    def shape(self) -> tuple[Shape, list[int]]:
        """Tell a compiled query what it depends on; the ids only fill it in."""
        ids = [pk for pk in (self.before, self.after) if pk is not None]
        return Shape(Cursor, (self.limit, self.before is None, self.after is None), len(ids)), ids

    @classmethod
    def of_shape(cls, state: tuple[int, bool, bool], ids: list[int]) -> Cursor:
        """Return the cursor that a query is compiled for."""
        limit, *empty = state
        marks = iter(ids)
        return cls(limit, *(None if none else next(marks) for none in empty))


@dataclass(frozen=True)
class Slice:
    """
    Rows of a list, newest first, and the ids from which it goes on.

    `older` is None where the list ends. `newer` leads to what is above, or will be; `has_more` is whether the list
    went on beyond these rows in the direction in which they were read.
    """

    items: list[Any]
    has_more: bool
    newer: int | None
    older: int | None


def slice_by_id(
    fetch: Callable[[Cursor], Iterable[Any]],
    size: int,
    *,
    before: int | None = None,
    after: int | None = None,
    key: Callable[[Any], int] = lambda row: row.pk,
) -> Slice:
    """Return at most `size` rows from an id on; `fetch` returns those of a cursor in the order of `Cursor.window`."""
    rows = list(fetch(Cursor(size + 1, before=before, after=after)))
    has_more = len(rows) > size
    rows = rows[:size] if after is None else rows[:size][::-1]
    if not rows:
        return Slice([], has_more, after if before is None else max(0, before - 1), None)
    is_followed_by_older = has_more or after is not None
    return Slice(rows, has_more, key(rows[0]), key(rows[-1]) if is_followed_by_older else None)


@dataclass(frozen=True)
class KeysetPage:
    """Rows of one page, newest first, and the query strings that lead on ('' where the list ends)."""

    items: list[Any] = field(default_factory=list)
    newer: str = ""
    older: str = ""


def paginate(
    request: HttpRequest,
    fetch: Callable[[Cursor], Iterable[Any]],
    *,
    size: int,
    key: Callable[[Any], int] = lambda row: row.pk,
) -> KeysetPage:
    """
    Return the page that `?before=` or `?after=` requests, the first page without them.

    `fetch` is as in slice_by_id(). Anything but an id in the query string gives the first page, and so does `after`
    once fewer than `size` newer rows are left: nobody reads a page of three at the top. Calls `fetch` once, in that
    last case twice.
    """
    before, after = (parse_id(request.GET, name) for name in ("before", "after"))
    if after is not None:
        above = slice_by_id(fetch, size, after=after, key=key)
        if len(above.items) == size:
            return KeysetPage(above.items, f"?after={above.newer}" if above.has_more else "", f"?before={above.older}")
        before = None
    rows = slice_by_id(fetch, size, before=before, key=key)
    newer = "" if before is None else f"?after={rows.newer}"
    return KeysetPage(rows.items, newer, "" if rows.older is None else f"?before={rows.older}")


# From which place of a list on, and to which.
Span = tuple[int, int]


@dataclass(frozen=True)
class NumberedSlice:
    """Rows of a list from a place on, whether more follow, and how many rows the list has in all."""

    items: list[Any]
    has_next: bool
    total: int


def slice_by_number(fetch: Callable[[Span], Iterable[Any]], page: int, size: int, total: int) -> NumberedSlice:
    """
    Return the rows of a page, the first of which is 1.

    `fetch` returns the rows from one place of the list to another. `total` is how many there should be in all, and is
    corrected where it disagrees with the rows.
    """
    start = (page - 1) * size
    rows = list(fetch((start, start + size + 1)))
    has_next = len(rows) > size
    if has_next:
        total = max(total, start + len(rows))
    elif rows or page == 1:
        total = start + len(rows)
    else:
        total = min(total, start)
    return NumberedSlice(rows[:size], has_next, total)


def parse_number(text: str, *, largest: int = LARGEST_ID) -> int | None:
    """Return a number written in ASCII digits, None for anything else and for one that is too large."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    number = int(text)
    return number if number <= largest else None


def parse_id(query: QueryDict, name: str) -> int | None:
    """Return the id that a query string names, or None when it names none."""
    return parse_number(query.get(name, ""))
