"""Responses with a page of a list: numbered pages for the original resources, keyset pagination for all others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from microblog.core.pagination import LARGEST_ID, Cursor, Span, parse_number, slice_by_id, slice_by_number

PER_PAGE, MAX_PER_PAGE = 10, 100
# Above any real page; larger numbers would overflow the integers of databases.
MAX_PAGE = 10**9
LIMIT, MAX_LIMIT = 25, 100


def by_number(
    request: Request, fetch: Callable[[Span], Iterable[Any]], total: int, represent: Callable[[Any], Any]
) -> Response:
    """
    Return the response with the page of an ordered list that the parameters `page` and `per_page` select.

    `fetch` and `total` are as in slice_by_number(); anything but a number above 0 is the default.
    """
    page, per_page = page_and_size(request)
    rows = slice_by_number(fetch, page, per_page, total)
    meta = {"total_pages": -(-rows.total // per_page), "total_items": rows.total}
    items = [represent(row) for row in rows.items]
    return numbered_response(request, items, page, per_page, has_next=rows.has_next, meta=meta)


def page_and_size(request: Request) -> tuple[int, int]:
    """Return the parameters `page` and `per_page`; anything but a number above 0 is the default."""
    page = min(_positive(request, "page", 1), MAX_PAGE)
    return page, min(_positive(request, "per_page", PER_PAGE), MAX_PER_PAGE)


def numbered_response(
    request: Request, items: list[Any], page: int, per_page: int, *, has_next: bool, meta: dict[str, Any], **query: str
) -> Response:
    """Return the response with a numbered page of a list; `query` has other parameters of its links."""

    def link(of: int) -> str:
        return f"{request.path}?{urlencode({**query, 'page': of, 'per_page': per_page})}"

    links = {
        "self": link(page),
        "next": link(page + 1) if has_next else None,
        "prev": link(page - 1) if page > 1 else None,
    }
    return list_response(request, items, {"page": page, "per_page": per_page, **meta}, links)


def by_cursor(
    request: Request,
    fetch: Callable[[Cursor], Iterable[Any]],
    represent: Callable[[Any], Any],
    *,
    key: Callable[[Any], int] = lambda row: row.pk,
) -> Response:
    """
    Return the response with the page of a list, newest first, that `before` or `after`, and `limit` select.

    `fetch` is as in slice_by_id(). `next` leads to older rows, `prev` to newer ones. Raise ValidationError for invalid
    parameters.
    """
    limit = number(request, "limit", 1, MAX_LIMIT) or LIMIT
    before, after = (number(request, name, 0, LARGEST_ID) for name in ("before", "after"))
    if before is not None and after is not None:
        raise ValidationError({"after": "give either before or after"})
    rows = slice_by_id(fetch, limit, before=before, after=after, key=key)

    def link(name: str, value: int | None) -> str | None:
        return None if value is None else f"{request.path}?{urlencode({name: value, 'limit': limit})}"

    links = {"self": request.get_full_path(), "next": link("before", rows.older), "prev": link("after", rows.newer)}
    return list_response(request, [represent(row) for row in rows.items], {"limit": limit}, links)


def list_response(request: Request, items: list[Any], meta: dict[str, Any], links: dict[str, str | None]) -> Response:
    """Return the response with a list in the envelope of all lists, and its links also in the header `Link`."""
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
    """Return a numeric parameter, or None if it is absent; raise ValidationError for anything else."""
    text = request.query_params.get(name)
    if text is None:
        return None
    value = parse_number(text, largest=largest)
    if value is None or value < least:
        raise ValidationError({name: f"must be a number from {least} to {largest}"})
    return value
