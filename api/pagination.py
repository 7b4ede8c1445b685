"""Pagination of lists: numbered pages for the original resources and search, keyset pagination for all others."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar
from urllib.parse import urlencode

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from microblog.core.pagination import LARGEST_ID, parse_number, slice_by_id, slice_by_number

PER_PAGE, MAX_PER_PAGE = 10, 100
# Above any real page; larger numbers would overflow the integers of databases.
MAX_PAGE = 10**9
LIMIT, MAX_LIMIT = 25, 100
# The schema of an id in a parameter.
ID_SCHEMA = {"type": "integer", "minimum": 0, "maximum": LARGEST_ID}


class LinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


class PageMetaSerializer(serializers.Serializer):
    page = serializers.IntegerField(initial=1)
    per_page = serializers.IntegerField(initial=PER_PAGE)
    total_pages = serializers.IntegerField(initial=1)
    total_items = serializers.IntegerField(initial=1)


class ListMetaSerializer(serializers.Serializer):
    limit = serializers.IntegerField(initial=LIMIT)


class EnvelopePagination(BasePagination):
    """The envelope of all lists: `items`, `_meta` and `_links`, which are also in the header `Link`."""

    # The last part of the name of the list in the description, and its metadata.
    name: ClassVar[str]
    meta_serializer_class: ClassVar[type[serializers.Serializer]]
    parameters: ClassVar[list[dict[str, Any]]]

    request: Request
    meta: dict[str, Any]
    links: dict[str, str | None]

    def get_paginated_response(self, data: list[Any]) -> Response:
        response = Response({"items": data, "_meta": self.meta, "_links": self.links})
        ends = [
            f'<{self.request.build_absolute_uri(url)}>; rel="{name}"'
            for name, url in self.links.items()
            if url is not None and name != "self"
        ]
        if ends:
            response.headers["Link"] = ", ".join(ends)
        return response

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [{"in": "query", **parameter} for parameter in self.parameters]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a list; the view's schema class defines the components that it refers to."""
        meta = self.meta_serializer_class.__name__.removesuffix("Serializer")
        return {
            "type": "object",
            "properties": {
                "items": schema,
                "_meta": {"$ref": f"#/components/schemas/{meta}"},
                "_links": {"$ref": "#/components/schemas/Links"},
            },
            "required": ["_links", "_meta", "items"],
        }


class NumberedPagination(EnvelopePagination):
    """
    Numbered pages, selected by `page` and `per_page`; anything but a number above 0 is the default.

    The queryset may be a function of a Span, as in slice_by_number(). A view whose rows are counted elsewhere has
    `get_total()`.
    """

    name = "Page"
    meta_serializer_class = PageMetaSerializer
    parameters = [
        {
            "name": "page",
            "schema": {"type": "string"},
            "description": "The number of the page. 1 by default, and for any invalid value.",
        },
        {
            "name": "per_page",
            "schema": {"type": "string"},
            "description": f"Page size, {MAX_PER_PAGE} at most. {PER_PAGE} by default, and for any invalid value.",
        },
    ]

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        page, per_page = self.read_parameters(request)
        total = view.get_total() if hasattr(view, "get_total") else queryset.count()
        fetch = queryset if callable(queryset) else lambda span: queryset[slice(*span)]
        rows = slice_by_number(fetch, page, per_page, total)
        self.describe(has_next=rows.has_next, total_pages=-(-rows.total // per_page), total_items=rows.total)
        return rows.items

    def read_parameters(self, request: Request) -> tuple[int, int]:
        """Return the number of the page, and the page size."""
        self.request = request
        self.page = min(self._positive("page", 1), MAX_PAGE)
        self.per_page = min(self._positive("per_page", PER_PAGE), MAX_PER_PAGE)
        return self.page, self.per_page

    def describe(self, *, has_next: bool, query: dict[str, str] | None = None, **meta: Any) -> None:
        """Set metadata and links of the page; `query` has other parameters of the links."""
        self.meta = {"page": self.page, "per_page": self.per_page, **meta}

        def link(page: int) -> str:
            return f"{self.request.path}?{urlencode({**(query or {}), 'page': page, 'per_page': self.per_page})}"

        self.links = {
            "self": link(self.page),
            "next": link(self.page + 1) if has_next else None,
            "prev": link(self.page - 1) if self.page > 1 else None,
        }

    def _positive(self, name: str, default: int) -> int:
        try:
            given = int(self.request.query_params.get(name, default))
        except ValueError:
            return default
        return given if given > 0 else default


class KeysetPagination(EnvelopePagination):
    """
    Keyset pagination, newest first, with `limit` and `before` or `after`; `next` leads to older rows.

    The queryset may be a function of a Cursor, as in slice_by_id(). `cursor_key` of a view is the name of the id, if
    that is not the primary key; `get_link_query()` returns other parameters of the list.
    """

    name = "List"
    meta_serializer_class = ListMetaSerializer
    parameters = [
        {
            "name": "limit",
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT},
            "description": "Page size.",
        },
        {
            "name": "before",
            "schema": ID_SCHEMA,
            "description": "Return the newest items that are older than the item with this id.",
        },
        {
            "name": "after",
            "schema": ID_SCHEMA,
            "description": "Return the oldest items that are newer than the item with this id. Not with `before`.",
        },
    ]

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        limit = parse_parameter(request, "limit", 1, MAX_LIMIT) or LIMIT
        before, after = (parse_parameter(request, name, 0, LARGEST_ID) for name in ("before", "after"))
        if before is not None and after is not None:
            raise ValidationError({"after": "give either before or after"})
        key = getattr(view, "cursor_key", "pk")
        fetch: Callable[..., Any] = queryset if callable(queryset) else lambda cursor: cursor.window(queryset, key=key)
        rows = slice_by_id(fetch, limit, before=before, after=after, key=attrgetter(key))

        query = view.get_link_query() if hasattr(view, "get_link_query") else {}

        def link(name: str, value: int | None) -> str | None:
            return None if value is None else f"{request.path}?{urlencode({**query, name: value, 'limit': limit})}"

        self.meta = {"limit": limit}
        self.links = {
            "self": request.get_full_path(),
            "next": link("before", rows.older),
            "prev": link("after", rows.newer),
        }
        return rows.items


def parse_parameter(request: Request, name: str, least: int, largest: int) -> int | None:
    """Return a numeric parameter, or None if it is absent; raise ValidationError for anything else."""
    text = request.query_params.get(name)
    if text is None:
        return None
    value = parse_number(text, largest=largest)
    if value is None or value < least:
        raise ValidationError({name: f"must be a number from {least} to {largest}"})
    return value
