"""API views of search."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.api.serializers import UserSerializer
from api.generics import ListAPIView
from api.pagination import PER_PAGE, NumberedPagination
from posts.api.serializers import PostSerializer
from search.api.serializers import FoundPublicationSerializer
from search.services import Results, search_blog, search_people, search_posts


class SearchMetaSerializer(serializers.Serializer):
    page = serializers.IntegerField(initial=1)
    per_page = serializers.IntegerField(initial=PER_PAGE)
    total_items = serializers.IntegerField(initial=1)
    has_more = serializers.BooleanField(help_text="There are more hits than `total_items`, where counting stopped.")
    is_fallback = serializers.BooleanField(
        help_text="The search engine is unavailable; the database was searched instead."
    )


class SearchPagination(NumberedPagination):
    """Numbered pages of the hits of `q`; the queryset is a search function without its text and page."""

    name = "Results"
    meta_serializer_class = SearchMetaSerializer
    parameters = [
        {
            "name": "q",
            "schema": {"type": "string", "minLength": 1},
            "required": True,
            "description": 'Words, "phrases", -exclusions, from:username, is:reply, in:bookmarks and #tags.',
        },
        *NumberedPagination.parameters,
    ]

    def paginate_queryset(self, queryset: Callable[..., Results], request: Request, view: Any = None) -> list[Any]:
        text = request.query_params.get("q", "").strip()
        if not text:
            raise ValidationError({"q": "must not be empty"})
        page, per_page = self.read_parameters(request)
        found = queryset(text, page=page, size=per_page)
        meta = {"total_items": found.total, "has_more": found.is_more, "is_fallback": found.is_fallback}
        self.describe(has_next=found.has_next, query={"q": text}, **meta)
        return found.items


@extend_schema_view(get=extend_schema(operation_id="search_posts", summary="Search posts"))
class SearchPosts(ListAPIView):
    """The first 10,000 hits can be paged through."""

    pagination_class = SearchPagination
    serializer_class = PostSerializer

    def get_queryset(self) -> Any:
        return partial(search_posts, viewer=self.request.user)


@extend_schema_view(get=extend_schema(operation_id="search_people", summary="Search users"))
class SearchPeople(ListAPIView):
    """Search the beginnings of words in `username` and `about_me`. An exact match of the username comes first."""

    pagination_class = SearchPagination
    serializer_class = UserSerializer

    def get_queryset(self) -> Any:
        return partial(search_people, viewer=self.request.user)


@extend_schema_view(get=extend_schema(operation_id="search_blog", summary="Search entries and snippets"))
class SearchBlog(ListAPIView):
    """Search public entries and snippets by title, text, tag and language of the code, in one list."""

    pagination_class = SearchPagination
    serializer_class = FoundPublicationSerializer

    def get_queryset(self) -> Any:
        return partial(search_blog, viewer=self.request.user)
