"""Keyset paging: the cursor is an id, no row is counted and none is skipped over."""

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
class KeysetPage:
    """Rows of one page, newest first, and the query strings that lead on ('' where the list ends)."""

    items: list[Any] = field(default_factory=list)
    newer: str = ""
    older: str = ""

    @property
    def is_empty_list(self) -> bool:
        """Tell whether the whole list is empty, not only what is left of it for this page."""
        return not (self.items or self.newer)


def paginate(
    request: HttpRequest,
    fetch: Callable[[Cursor], Iterable[Any]],
    *,
    size: int,
    key: Callable[[Any], int] = lambda row: row.pk,
) -> KeysetPage:
    """
    Return the page that `?before=` or `?after=` asks for, the first page without them.

    `fetch` returns the rows of a cursor in the order of `Cursor.window`. Anything but an id in the query string
    gives the first page, and so does `after` once fewer than `size` newer rows are left: nobody reads a page
    of three at the top. Costs one call of `fetch`, two in that last case.
    """
    before, after = (parse_id(request.GET, name) for name in ("before", "after"))
    if after is not None:
        rows = list(fetch(Cursor(size + 1, after=after)))
        if len(rows) >= size:
            items = rows[:size][::-1]
            newer = f"?after={key(items[0])}" if len(rows) > size else ""
            return KeysetPage(items, newer, f"?before={key(items[-1])}")
        before = None
    rows = list(fetch(Cursor(size + 1, before=before)))
    items = rows[:size]
    newer = ""
    if before is not None:
        newer = f"?after={key(items[0])}" if items else f"?after={before - 1}"
    return KeysetPage(items, newer, f"?before={key(items[-1])}" if len(rows) > size else "")


def parse_id(query: QueryDict, name: str) -> int | None:
    """Return the id that a query string names, or None when it names none."""
    value = query.get(name, "")
    if not (value.isascii() and value.isdigit()):
        return None
    number = int(value[:20])
    return number if number <= LARGEST_ID else None
