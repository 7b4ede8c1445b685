"""Lists of followers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.lookup import get_person, representer, visible_people
from accounts.api.serializers import (
    USER_EXAMPLE,
    UserSerializer,
)
from accounts.models import User
from accounts.querysets import UserQuerySet
from api.pagination import Span, by_number
from api.schema import BY_NUMBER, example_page, numbered, operation
from api.views import Endpoint
from microblog.core.compiled import compiled


@compiled
def _followers_of(viewer: User, pk: int, span: Span) -> QuerySet[User]:
    return visible_people(viewer).followers_of(User(pk=pk)).order_by("-pk")[slice(*span)]


@compiled
def _followed_by(viewer: User, pk: int, span: Span) -> QuerySet[User]:
    return visible_people(viewer).followed_by(User(pk=pk)).order_by("-pk")[slice(*span)]


class Followers(Endpoint):
    @operation(
        "list_followers",
        "List who follows a person",
        {200: (numbered(UserSerializer), example_page("/api/users/2/followers", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Those who joined last stand at the top."""
        person = get_person(request.user, pk)
        people = partial(_followers_of, request.user, pk)
        total = person.follower_count - _count_hidden(request.user, lambda hidden: hidden.followers_of(person))
        return by_number(request, people, total, representer(request))


class Following(Endpoint):
    @operation(
        "list_following",
        "List whom a person follows",
        {200: (numbered(UserSerializer), example_page("/api/users/2/following", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Those who joined last stand at the top."""
        person = get_person(request.user, pk)
        people = partial(_followed_by, request.user, pk)
        total = person.following_count - _count_hidden(request.user, lambda hidden: hidden.followed_by(person))
        return by_number(request, people, total, representer(request))


@extend_schema_view(
    get=operation(
        "list_followed",
        "List whom a person follows, by the name of the first edition",
        {200: (numbered(UserSerializer), example_page("/api/users/2/followed", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
)
class Followed(Following):
    pass


def _count_hidden(viewer: User, people: Callable[[UserQuerySet], UserQuerySet]) -> int:
    """Return how many of the people whom a counter counts are hidden from a viewer by a block."""
    return people(User.objects.kept_apart_from(viewer)).count() if viewer.has_blocks else 0
