"""Lists of the API, cut by number as the oldest addresses do, or by id as all others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from microblog.core.pagination import LARGEST_ID, Cursor

PER_PAGE, MAX_PER_PAGE = 10, 100
# No list is that long; beyond it arithmetic would leave what databases count with.
MAX_PAGE = 10**9
LIMIT, MAX_LIMIT = 25, 100

# From which place of a list on, and to which.
Span = tuple[int, int]


def by_number(
    request: Request, fetch: Callable[[Span], Iterable[Any]], total: int, represent: Callable[[Any], Any]
) -> Response:
    """
    Answer with the page of an ordered list that `page` and `per_page` ask for; anything but a number is the default.

    `fetch` returns the rows from one place of the list to another; an extra row says whether another page follows.
    `total` is how many there are in all, and is corrected where it disagrees with the rows.
    """
    page, per_page = page_and_size(request)
    start = (page - 1) * per_page
    rows = list(fetch((start, start + per_page + 1)))
    has_next = len(rows) > per_page
    if has_next:
        total = max(total, start + len(rows))
    elif rows or page == 1:
        total = start + len(rows)
    else:
        total = min(total, start)
    meta = {"total_pages": -(-total // per_page), "total_items": total}
    items = [represent(row) for row in rows[:per_page]]
    return answer_page(request, items, page, per_page, has_next=has_next, meta=meta)


def page_and_size(request: Request) -> tuple[int, int]:
    """Return what `page` and `per_page` ask for; anything but a number above 0 is the default."""
    page = min(_positive(request, "page", 1), MAX_PAGE)
    return page, min(_positive(request, "per_page", PER_PAGE), MAX_PER_PAGE)


def answer_page(
    request: Request, items: list[Any], page: int, per_page: int, *, has_next: bool, meta: dict[str, Any], **query: str
) -> Response:
    """Answer with a page of a list that is cut by number; `query` is what else its links ask for."""

    def link(of: int) -> str:
        return f"{request.path}?{urlencode({**query, 'page': of, 'per_page': per_page})}"

    links = {
        "self": link(page),
        "next": link(page + 1) if has_next else None,
        "prev": link(page - 1) if page > 1 else None,
    }
    return answer_list(request, items, {"page": page, "per_page": per_page, **meta}, links)


def by_cursor(
    request: Request,
    fetch: Callable[[Cursor], Iterable[Any]],
    represent: Callable[[Any], Any],
    *,
    key: Callable[[Any], int] = lambda row: row.pk,
) -> Response:
    """
    Answer with the part of a list, newest first, that `before` or `after` an id and `limit` ask for.

    `fetch` returns the rows of a cursor, those nearest to it first. `next` leads to what is older, `prev` to what has
    come since. Raise ValidationError for anything but an id or a number of rows.
    """
    limit = number(request, "limit", 1, MAX_LIMIT) or LIMIT
    before, after = (number(request, name, 0, LARGEST_ID) for name in ("before", "after"))
    if before is not None and after is not None:
        raise ValidationError({"after": "give either before or after"})
    rows = list(fetch(Cursor(limit + 1, before=before, after=after)))
    has_more = len(rows) > limit
    rows = rows[:limit] if after is None else rows[:limit][::-1]

    def link(name: str, value: int) -> str:
        return f"{request.path}?{urlencode({name: value, 'limit': limit})}"

    older = newer = None
    if rows:
        newer = link("after", key(rows[0]))
        if has_more or after is not None:
            older = link("before", key(rows[-1]))
    elif before is not None:
        newer = link("after", max(0, before - 1))
    elif after is not None:
        newer = link("after", after)
    links = {"self": request.get_full_path(), "next": older, "prev": newer}
    return answer_list(request, [represent(row) for row in rows], {"limit": limit}, links)


def answer_list(request: Request, items: list[Any], meta: dict[str, Any], links: dict[str, str | None]) -> Response:
    """Answer with a list in the envelope that all lists share, and its links in a header too."""
    response = Response({"items": items, "_meta": meta, "_links": links})
    ends = [
        f'<{request.build_absolute_uri(url)}>; rel="{name}"'
        for name, url in links.items()
        if url is not None and name != "self"
    ]
    if ends:
        response.headers["Link"] = ", ".join(ends)
    return response


def _positive(request: Request, name: str, default: int) -> int:
    try:
        given = int(request.query_params.get(name, default))
    except ValueError:
        return default
    return given if given > 0 else default


def number(request: Request, name: str, least: int, largest: int) -> int | None:
    """Return a number of the query string, None where there is none; raise ValidationError for anything else."""
    value = request.query_params.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= largest):
        raise ValidationError({name: f"must be a number from {least} to {largest}"})
    return int(value)
