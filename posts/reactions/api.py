"""The API of likes, reposts and bookmarks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import HasConfirmedEmail
from accounts.api.serializers import PersonSerializer
from accounts.models import User
from accounts.querysets import UserQuerySet
from api.generics import ListAPIView, ToggleAPIView
from api.pagination import KeysetPagination
from api.throttling import throttle
from microblog.core.exceptions import DomainError
from posts.models import Post
from posts.querysets import PostQuerySet
from posts.reactions.lists import bookmarked_posts, liked_posts, likers_of, reposters_of
from posts.reactions.services import (
    bookmark_post,
    like_post,
    repost_post,
    unbookmark_post,
    undo_repost,
    unlike_post,
)
from posts.timelines.api import Timeline


class Reaction(ToggleAPIView):
    """A reaction of the caller to a post."""

    def get_object(self, request: Request, pk: int) -> Post:
        throttle(request, "react")
        return Post(pk=pk)

    def change(self, request: Request, pk: int, service: Callable[..., Any]) -> Response:
        try:
            return super().change(request, pk, service)
        except DomainError as error:
            raise Http404 from error


@extend_schema_view(
    put=extend_schema(
        operation_id="like",
        summary="Like a post",
        description="Its author is notified once, also if you undo the like and repeat it. Idempotent.",
    ),
    delete=extend_schema(operation_id="unlike", summary="Undo the like of a post", description="Idempotent."),
)
class LikeOfPost(Reaction):
    permission_classes = [*Reaction.permission_classes, HasConfirmedEmail]
    create, end = staticmethod(like_post), staticmethod(unlike_post)


@extend_schema_view(
    put=extend_schema(
        operation_id="repost",
        summary="Repost a post",
        description=(
            "It appears in the home timelines of your followers. Its author is notified once, also if you undo the "
            "repost and repeat it. Idempotent."
        ),
    ),
    delete=extend_schema(operation_id="undo_repost", summary="Undo the repost of a post", description="Idempotent."),
)
class RepostOfPost(Reaction):
    permission_classes = [*Reaction.permission_classes, HasConfirmedEmail]
    create, end = staticmethod(repost_post), staticmethod(undo_repost)


@extend_schema_view(
    put=extend_schema(operation_id="bookmark", summary="Bookmark a post", description="Only you know. Idempotent."),
    delete=extend_schema(operation_id="unbookmark", summary="Delete a bookmark", description="Idempotent."),
)
class BookmarkOfPost(Reaction):
    create, end = staticmethod(bookmark_post), staticmethod(unbookmark_post)


class ReactingUsers(ListAPIView):
    """Users with a reaction to a post, which `people_of` returns."""

    pagination_class = KeysetPagination
    serializer_class = PersonSerializer
    people_of: Callable[[Post, User], UserQuerySet]

    def get_queryset(self) -> UserQuerySet:
        viewer = self.request.user
        post = get_object_or_404(Post.objects.visible_to(viewer).only("pk"), pk=self.kwargs["pk"])
        return self.people_of(post, viewer).only(*PersonSerializer.columns())


@extend_schema_view(get=extend_schema(operation_id="list_likers", summary="List the users that like a post"))
class Likers(ReactingUsers):
    """The last like comes first. `before` and `after` are ids of likes; follow the links to turn pages."""

    people_of, cursor_key = staticmethod(likers_of), "like_id"


@extend_schema_view(get=extend_schema(operation_id="list_reposters", summary="List the users that repost a post"))
class Reposters(ReactingUsers):
    """The last repost comes first. `before` and `after` are ids of reposts; follow the links to turn pages."""

    people_of, cursor_key = staticmethod(reposters_of), "repost_id"


class OwnReactions(Timeline):
    """The last one comes first. `before` and `after` are ids of reactions; follow the links to turn pages."""

    cursor_key = "reaction_id"


@extend_schema_view(get=extend_schema(operation_id="list_likes", summary="List the posts that you like"))
class Likes(OwnReactions):
    def get_queryset(self) -> PostQuerySet:
        return liked_posts(self.request.user)


@extend_schema_view(get=extend_schema(operation_id="list_bookmarks", summary="List your bookmarks"))
class Bookmarks(OwnReactions):
    def get_queryset(self) -> PostQuerySet:
        return bookmarked_posts(self.request.user)
