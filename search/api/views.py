"""API views of search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import USER_EXAMPLE, UserSerializer
from accounts.api.users import represent_users_to
from api.pagination import PER_PAGE, numbered_response, page_and_size
from api.schema import BY_NUMBER, envelope, example_page, operation
from api.views import Endpoint
from posts.api.serializers import POST_EXAMPLE, PostSerializer, represent_post
from search.services import Results, search_people, search_posts


class SearchMetaSerializer(serializers.Serializer):
    page = serializers.IntegerField()
    per_page = serializers.IntegerField()
    total_items = serializers.IntegerField()
    has_more = serializers.BooleanField(help_text="There are more hits than `total_items`, where counting stopped.")
    is_fallback = serializers.BooleanField(
        help_text="The search engine is unavailable; the database was searched instead."
    )


PARAMETERS = [
    OpenApiParameter(
        "q",
        {"type": "string", "minLength": 1},
        required=True,
        description='Words, "phrases", -exclusions, from:username and #tags.',
    ),
    *BY_NUMBER,
]
EXAMPLE_META = {"page": 1, "per_page": PER_PAGE, "total_items": 1, "has_more": False, "is_fallback": False}


class SearchPosts(Endpoint):
    @operation(
        "search_posts",
        "Search posts",
        {
            200: (
                envelope(PostSerializer, "Results", SearchMetaSerializer),
                {**example_page("/api/search/posts", POST_EXAMPLE), "_meta": EXAMPLE_META},
            )
        },
        parameters=PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """The first 10,000 hits can be paged through."""
        return _search_response(request, search_posts, represent_post)


class SearchPeople(Endpoint):
    @operation(
        "search_people",
        "Search people",
        {
            200: (
                envelope(UserSerializer, "Results", SearchMetaSerializer),
                {**example_page("/api/search/people", USER_EXAMPLE), "_meta": EXAMPLE_META},
            )
        },
        parameters=PARAMETERS,
    )
    def get(self, request: Request) -> Response:
        """Search the beginnings of words in `username` and `about_me`. An exact match of the username comes first."""
        return _search_response(request, search_people, represent_users_to(request))


def _search_response(request: Request, search: Callable[..., Results], represent: Callable[[Any], Any]) -> Response:
    text = request.query_params.get("q", "").strip()
    if not text:
        raise ValidationError({"q": "must not be empty"})
    page, per_page = page_and_size(request)
    found = search(text, viewer=request.user, page=page, size=per_page)
    meta = {"total_items": found.total, "has_more": found.is_more, "is_fallback": found.is_fallback}
    items = [represent(row) for row in found.items]
    return numbered_response(request, items, page, per_page, has_next=found.has_next, meta=meta, q=text)
