"""API views of follows, blocks and mutes, and their lists of users."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from accounts.api.permissions import HasConfirmedEmail
from accounts.api.serializers import PersonSerializer, UserSerializer
from accounts.api.users import get_visible_user, visible_users
from accounts.models import User
from accounts.querysets import UserQuerySet
from api.generics import ListAPIView, ToggleAPIView
from api.pagination import KeysetPagination, NumberedPagination
from api.throttling import throttle
from microblog.core.pagination import Span
from microblog.core.performance.queries import compiled
from relationships import services


class Relationship(ToggleAPIView):
    """A relationship of the caller with a user."""

    def get_object(self, request: Request, pk: int) -> User:
        return get_object_or_404(User.objects.actionable_by(request.user), pk=pk)


@extend_schema_view(
    put=extend_schema(operation_id="follow", summary="Follow a user", description="Idempotent."),
    delete=extend_schema(operation_id="unfollow", summary="Unfollow a user", description="Idempotent."),
)
class Follows(Relationship):
    permission_classes = [*Relationship.permission_classes, HasConfirmedEmail]
    create, end = staticmethod(services.follow_user), staticmethod(services.unfollow_user)

    def get_object(self, request: Request, pk: int) -> User:
        person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        throttle(request, "follow")
        return person


@extend_schema_view(
    put=extend_schema(
        operation_id="hide_reposts",
        summary="Hide what a user reposts",
        description="What they repost is excluded from your home timeline, until you show it again or unfollow them. "
        "They are not notified. 400 if you do not follow them. Idempotent.",
    ),
    delete=extend_schema(
        operation_id="show_reposts",
        summary="Show what a user reposts again",
        description="400 if you do not follow them. Idempotent.",
    ),
)
class HiddenReposts(Relationship):
    create, end = staticmethod(services.hide_reposts), staticmethod(services.show_reposts)

    def get_object(self, request: Request, pk: int) -> User:
        return get_visible_user(request.user, pk)


@extend_schema_view(
    put=extend_schema(
        operation_id="block",
        summary="Block a user",
        description="The two of you no longer see or follow each other. Idempotent.",
    ),
    delete=extend_schema(
        operation_id="unblock",
        summary="Unblock a user",
        description="Follows that the block ended are not restored. Idempotent.",
    ),
)
class Blocks(Relationship):
    create, end = staticmethod(services.block_user), staticmethod(services.unblock_user)


@extend_schema_view(
    put=extend_schema(
        operation_id="mute",
        summary="Mute a user",
        description="Their posts and activity are excluded from your timelines and notifications. "
        "They are not notified. Idempotent.",
    ),
    delete=extend_schema(operation_id="unmute", summary="Unmute a user", description="Idempotent."),
)
class Mutes(Relationship):
    create, end = staticmethod(services.mute_user), staticmethod(services.unmute_user)


@extend_schema_view(get=extend_schema(operation_id="list_blocked", summary="List the users that you block"))
class Blocked(ListAPIView):
    """Users who joined last come first."""

    pagination_class = KeysetPagination
    serializer_class = PersonSerializer

    def get_queryset(self) -> UserQuerySet:
        return User.objects.blocked_by(self.request.user).only(*PersonSerializer.columns())


@extend_schema_view(get=extend_schema(operation_id="list_muted", summary="List the users that you mute"))
class Muted(ListAPIView):
    """Users who joined last come first."""

    pagination_class = KeysetPagination
    serializer_class = PersonSerializer

    def get_queryset(self) -> UserQuerySet:
        return User.objects.muted_by(self.request.user).only(*PersonSerializer.columns())


@compiled
def _followers_of(viewer: User, pk: int, span: Span) -> QuerySet[User]:
    return visible_users(viewer).followers_of(User(pk=pk)).order_by("-pk")[slice(*span)]


@compiled
def _followed_by(viewer: User, pk: int, span: Span) -> QuerySet[User]:
    return visible_users(viewer).followed_by(User(pk=pk)).order_by("-pk")[slice(*span)]


class PeopleOfUser(ListAPIView):
    """Users who joined last come first."""

    pagination_class = NumberedPagination
    serializer_class = UserSerializer

    @cached_property
    def person(self) -> User:
        return get_visible_user(self.request.user, self.kwargs["pk"])


@extend_schema_view(get=extend_schema(operation_id="list_followers", summary="List the followers of a user"))
class Followers(PeopleOfUser):
    """Users who joined last come first."""

    def get_queryset(self) -> Any:
        return partial(_followers_of, self.request.user, self.person.pk)

    def get_total(self) -> int:
        hidden = _count_hidden(self.request.user, lambda hidden: hidden.followers_of(self.person))
        return self.person.follower_count - hidden


@extend_schema_view(get=extend_schema(operation_id="list_following", summary="List the users that a user follows"))
class Following(PeopleOfUser):
    """Users who joined last come first."""

    def get_queryset(self) -> Any:
        return partial(_followed_by, self.request.user, self.person.pk)

    def get_total(self) -> int:
        hidden = _count_hidden(self.request.user, lambda hidden: hidden.followed_by(self.person))
        return self.person.following_count - hidden


@extend_schema_view(
    get=extend_schema(operation_id="list_followed", summary="List the users that a user follows (original URL)")
)
class Followed(Following):
    """Users who joined last come first."""


def _count_hidden(viewer: User, people: Callable[[UserQuerySet], UserQuerySet]) -> int:
    """Return how many of the users in a count are hidden from a viewer by a block."""
    return people(User.objects.blocked_either_way_with(viewer)).count() if viewer.has_blocks else 0
