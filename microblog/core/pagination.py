"""
Pagination for pages and the API.

Most lists have keyset pagination: the cursor is an id, and rows are neither counted nor skipped. The original
resources of the API, and search, have numbered pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from microblog.core.performance.queries import Shape

LARGEST_ID = 2**63 - 1

Rows = TypeVar("Rows", bound=QuerySet[Any])


@dataclass(frozen=True)
class Cursor:
    """
    A position in a list in descending order of ids, and the number of rows to read from there.

    `before` selects the rows next below an id, `after` those next above it; with neither, the first rows. `limit` is
    one more than the page size, so that the extra row shows whether there are more.
    """

    limit: int
    before: int | None = None
    after: int | None = None

    def window(self, queryset: Rows, *, key: str = "pk") -> Rows:
        """Select the rows, those nearest to the cursor first (so `after` yields ascending ids)."""
        if self.after is not None:
            queryset = queryset.filter(**{f"{key}__gt": self.after})
        elif self.before is not None:
            queryset = queryset.filter(**{f"{key}__lt": self.before})
        return self.nearest(queryset, key=key)

    def nearest(self, queryset: Rows, *, key: str = "pk") -> Rows:
        """Select the rows nearest to the cursor from rows that are all on its side."""
        return queryset.order_by(key if self.after is not None else f"-{key}")[: self.limit]

    def beyond(self, pk: int, *, limit: int) -> Cursor:
        """Return the position after the last row that was read, and another number of rows."""
        return Cursor(limit, after=pk) if self.after is not None else Cursor(limit, before=pk)

    def shape(self) -> tuple[Shape, list[int]]:
        """Return the shape for a compiled query, and the ids as its parameters."""
        ids = [pk for pk in (self.before, self.after) if pk is not None]
        return Shape(Cursor, (self.limit, self.before is None, self.after is None), len(ids)), ids

    @classmethod
    def of_shape(cls, state: tuple[int, bool, bool], ids: list[int]) -> Cursor:
        """Return the cursor with which a query of this shape is compiled."""
        limit, *empty = state
        marks = iter(ids)
        return cls(limit, *(None if none else next(marks) for none in empty))


@dataclass(frozen=True)
class Slice:
    """
    Rows of a list, newest first, and the cursors of its neighbors.

    `older` is None at the end of the list. `newer` is for rows above, also future ones; `has_more` is whether there
    were more rows in the direction in which these were read.
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
    """Return up to `size` rows from an id on; `fetch` returns those of a cursor in the order of `Cursor.window`."""
    rows = list(fetch(Cursor(size + 1, before=before, after=after)))
    has_more = len(rows) > size
    rows = rows[:size] if after is None else rows[:size][::-1]
    if not rows:
        return Slice([], has_more, after if before is None else max(0, before - 1), None)
    is_followed_by_older = has_more or after is not None
    return Slice(rows, has_more, key(rows[0]), key(rows[-1]) if is_followed_by_older else None)


@dataclass(frozen=True)
class KeysetPage:
    """
    Rows of one page, newest first, and the query strings of its neighbors ('' at the ends of the list).

    In a list with the oldest first, `newer` is the previous page and `older` the next one.
    """

    items: list[Any] = field(default_factory=list)
    newer: str = ""
    older: str = ""

    @property
    def is_empty_list(self) -> bool:
        """Whether the whole list is empty, not only this page of it."""
        return not (self.items or self.newer)


def paginate(
    request: HttpRequest,
    fetch: Callable[[Cursor], Iterable[Any]],
    *,
    size: int,
    key: Callable[[Any], int] = lambda row: row.pk,
    query: Mapping[str, str] | None = None,
) -> KeysetPage:
    """
    Return the page that `?before=` or `?after=` selects, by default the first one.

    `fetch` is as in slice_by_id(). `query` has other parameters of the list, which the links repeat. An invalid id
    returns the first page, and so does `after` with fewer than `size` newer rows, because a short page at the top is
    of no use. Calls `fetch` once, in that last case twice.
    """
    before, after = (parse_id(request.GET, name) for name in ("before", "after"))

    def link(name: str, pk: int | None) -> str:
        return f"?{urlencode({**(query or {}), name: pk})}"

    if after is not None:
        above = slice_by_id(fetch, size, after=after, key=key)
        if len(above.items) == size:
            newer = link("after", above.newer) if above.has_more else ""
            return KeysetPage(above.items, newer, link("before", above.older))
        before = None
    rows = slice_by_id(fetch, size, before=before, key=key)
    newer = "" if before is None else link("after", rows.newer)
    return KeysetPage(rows.items, newer, "" if rows.older is None else link("before", rows.older))


def paginate_upwards(request: HttpRequest, fetch: Callable[[Cursor], Iterable[Any]], *, size: int) -> KeysetPage:
    """
    Return a page of a list with the oldest row first, as paginate() does for one with the newest first.

    `?after=` selects the next rows, `?before=` the previous ones; with fewer than `size` of these, the first page.
    """
    before, after = (parse_id(request.GET, name) for name in ("before", "after"))
    if before is not None:
        below = slice_by_id(fetch, size, before=before)
        if len(below.items) == size:
            newer = f"?before={below.items[-1].pk}" if below.has_more else ""
            return KeysetPage(below.items[::-1], newer, f"?after={below.items[0].pk}")
        after = None
    rows = list(fetch(Cursor(size + 1, after=after or 0)))
    items = rows[:size]
    newer = f"?before={items[0].pk if items else (after or 0) + 1}" if after else ""
    return KeysetPage(items, newer, f"?after={items[-1].pk}" if len(rows) > size else "")


# Start and end of a slice of a list.
Span = tuple[int, int]


@dataclass(frozen=True)
class NumberedSlice:
    """Rows of a numbered page, whether there are more, and the total number of rows."""

    items: list[Any]
    has_next: bool
    total: int


def slice_by_number(fetch: Callable[[Span], Iterable[Any]], page: int, size: int, total: int) -> NumberedSlice:
    """
    Return the rows of a page; the first page is 1.

    `fetch` returns the rows of a slice. `total` is the expected total number, and is corrected if it contradicts the
    rows.
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
    """Return a number in ASCII digits, or None for anything else and for larger numbers."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    number = int(text)
    return number if number <= largest else None


def parse_id(query: QueryDict, name: str) -> int | None:
    """Return the id in a parameter, or None if it is absent or invalid."""
    return parse_number(query.get(name, ""))
