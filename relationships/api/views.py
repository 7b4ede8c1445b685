"""API views of follows, blocks and mutes, and their lists of users."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import check_can_contact_others
from accounts.api.serializers import (
    PERSON_EXAMPLE,
    PERSON_FIELDS,
    USER_EXAMPLE,
    PersonSerializer,
    UserSerializer,
    represent_person,
)
from accounts.api.users import get_visible_user, represent_users_to, visible_users
from accounts.models import User
from accounts.querysets import UserQuerySet
from api.limits import throttle
from api.pagination import by_cursor, by_number
from api.schema import BY_CURSOR, BY_NUMBER, cursored, example_list, example_page, numbered, operation
from api.views import Endpoint
from microblog.core.pagination import Span
from microblog.core.performance.queries import compiled
from relationships.services import block_user, follow_user, mute_user, unblock_user, unfollow_user, unmute_user


class Follows(Endpoint):
    @operation("follow", "Follow a user", {204: (None, None)})
    def put(self, request: Request, pk: int) -> Response:
        """Idempotent."""
        person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        check_can_contact_others(request.user)
        throttle(request, "follow")
        follow_user(person, actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @operation("unfollow", "Unfollow a user", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Idempotent."""
        person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        throttle(request, "follow")
        unfollow_user(person, actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Blocks(Endpoint):
    @operation("block", "Block a user", {204: (None, None)})
    def put(self, request: Request, pk: int) -> Response:
        """The two of you no longer see or follow each other. Idempotent."""
        block_user(get_object_or_404(User.objects.actionable_by(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @operation("unblock", "Unblock a user", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Follows that the block ended are not restored. Idempotent."""
        unblock_user(get_object_or_404(User.objects.actionable_by(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Mutes(Endpoint):
    @operation("mute", "Mute a user", {204: (None, None)})
    def put(self, request: Request, pk: int) -> Response:
        """Your timelines and notifications leave them out. They are not notified. Idempotent."""
        mute_user(get_object_or_404(User.objects.actionable_by(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @operation("unmute", "Unmute a user", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Idempotent."""
        unmute_user(get_object_or_404(User.objects.actionable_by(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Blocked(Endpoint):
    @operation(
        "list_blocked",
        "List the users that you block",
        {200: (cursored(PersonSerializer), example_list("/api/blocks", PERSON_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Users who joined last come first."""
        people = User.objects.blocked_by(request.user).only(*PERSON_FIELDS)
        return by_cursor(request, lambda cursor: cursor.window(people), represent_person)


class Muted(Endpoint):
    @operation(
        "list_muted",
        "List the users that you mute",
        {200: (cursored(PersonSerializer), example_list("/api/mutes", PERSON_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Users who joined last come first."""
        people = User.objects.muted_by(request.user).only(*PERSON_FIELDS)
        return by_cursor(
            request,
            lambda cursor: cursor.window(people),
            lambda person: represent_person(person, by_name_only=person.is_blocked_either_way),
        )


@compiled
def _followers_of(viewer: User, pk: int, span: Span) -> QuerySet[User]:
    return visible_users(viewer).followers_of(User(pk=pk)).order_by("-pk")[slice(*span)]


@compiled
def _followed_by(viewer: User, pk: int, span: Span) -> QuerySet[User]:
    return visible_users(viewer).followed_by(User(pk=pk)).order_by("-pk")[slice(*span)]


class Followers(Endpoint):
    @operation(
        "list_followers",
        "List the followers of a user",
        {200: (numbered(UserSerializer), example_page("/api/users/2/followers", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Users who joined last come first."""
        person = get_visible_user(request.user, pk)
        people = partial(_followers_of, request.user, pk)
        total = person.follower_count - _count_hidden(request.user, lambda hidden: hidden.followers_of(person))
        return by_number(request, people, total, represent_users_to(request))


class Following(Endpoint):
    @operation(
        "list_following",
        "List the users that a user follows",
        {200: (numbered(UserSerializer), example_page("/api/users/2/following", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Users who joined last come first."""
        person = get_visible_user(request.user, pk)
        people = partial(_followed_by, request.user, pk)
        total = person.following_count - _count_hidden(request.user, lambda hidden: hidden.followed_by(person))
        return by_number(request, people, total, represent_users_to(request))


@extend_schema_view(
    get=operation(
        "list_followed",
        "List the users that a user follows, at the original URL",
        {200: (numbered(UserSerializer), example_page("/api/users/2/followed", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
)
class Followed(Following):
    pass


def _count_hidden(viewer: User, people: Callable[[UserQuerySet], UserQuerySet]) -> int:
    """Return how many of the users in a count are hidden from a viewer by a block."""
    return people(User.objects.blocked_either_way_with(viewer)).count() if viewer.has_blocks else 0
