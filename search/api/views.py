"""Addresses that search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import USER_EXAMPLE, UserSerializer
from accounts.api.views import representer
from microblog.core.api.pagination import MAX_PAGE, MAX_PER_PAGE, PER_PAGE, answer_list, positive
from microblog.core.api.schema import BY_NUMBER, envelope, example_page, operation
from microblog.core.api.views import Endpoint
from posts.api.serializers import POST_EXAMPLE, PostSerializer, represent_post
from search.services import Results, search_people, search_posts


class SearchMetaSerializer(serializers.Serializer):
    page = serializers.IntegerField()
    per_page = serializers.IntegerField()
    total_items = serializers.IntegerField()
    has_more = serializers.BooleanField(help_text="There are more than `total_items`, which is as far as was counted.")
    is_fallback = serializers.BooleanField(help_text="The search engine is away, and the database searched instead.")


PARAMETERS = [
    OpenApiParameter(
        "q",
        {"type": "string", "minLength": 1},
        required=True,
        description='Words, "phrases", -exclusions, from:name and #tags.',
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
        """No further than 10,000 hits."""
        return _answer(request, search_posts, represent_post)


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
        """By the beginnings of words in their name and about me; who has exactly this name comes first."""
        return _answer(request, search_people, representer(request))


def _answer(request: Request, search: Callable[..., Results], represent: Callable[[Any], Any]) -> Response:
    text = request.query_params.get("q", "").strip()
    if not text:
        raise ValidationError({"q": "must not be empty"})
    page = min(positive(request, "page", 1), MAX_PAGE)
    per_page = min(positive(request, "per_page", PER_PAGE), MAX_PER_PAGE)
    found = search(text, viewer=request.user, page=page, size=per_page)

    def link(number: int) -> str:
        return f"{request.path}?{urlencode({'q': text, 'page': number, 'per_page': per_page})}"

    links = {
        "self": link(page),
        "next": link(page + 1) if found.has_next else None,
        "prev": link(page - 1) if page > 1 else None,
    }
    meta = {
        "page": page,
        "per_page": per_page,
        "total_items": found.total,
        "has_more": found.is_more,
        "is_fallback": found.is_fallback,
    }
    return answer_list(request, [represent(row) for row in found.items], meta, links)
