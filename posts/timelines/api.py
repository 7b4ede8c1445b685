"""The API of timelines."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError

from accounts.models import User
from api.generics import ListAPIView
from api.pagination import KeysetPagination
from posts.api.serializers import HomePostSerializer, PostSerializer
from posts.models import Post
from posts.reading import posts_of, prepare_posts


class Timeline(ListAPIView):
    """Posts, the newest first."""

    pagination_class = KeysetPagination
    serializer_class = PostSerializer

    def paginate_queryset(self, queryset: Any) -> Any:
        posts = posts_of(super().paginate_queryset(queryset))
        prepare_posts(posts, reader=self.request.user)
        return posts


@extend_schema_view(
    get=extend_schema(
        operation_id="list_posts_of_user",
        summary="List a user's posts",
        parameters=[OpenApiParameter("replies", bool, description="With `false`, without replies to other users.")],
    )
)
class PostsOfUser(Timeline):
    """The newest come first."""

    def get_link_query(self) -> dict[str, str]:
        return {} if self.has_replies else {"replies": "false"}

    @property
    def has_replies(self) -> bool:
        given = self.request.query_params.get("replies", "true")
        if given not in ("true", "false"):
            raise ValidationError({"replies": "must be true or false"})
        return bool(given == "true")

    def get_queryset(self) -> Any:
        viewer = self.request.user
        person = get_object_or_404(User.objects.visible_to(viewer).only("pk"), pk=self.kwargs["pk"])
        timeline = Post.objects.profile_timeline if self.has_replies else Post.objects.own_timeline
        return partial(timeline, viewer, person.pk)


@extend_schema_view(get=extend_schema(operation_id="home_timeline", summary="List the home timeline"))
class HomeTimeline(Timeline):
    """
    Your posts, and posts and reposts of the users that you follow; replies if you follow both users.

    The newest come first. A post is on a page once, which can therefore have fewer than `limit` items; follow the
    links to turn pages.
    """

    serializer_class = HomePostSerializer

    def get_queryset(self) -> Any:
        return partial(Post.objects.home_timeline, self.request.user)


@extend_schema_view(get=extend_schema(operation_id="public_timeline", summary="List the public timeline"))
class PublicTimeline(Timeline):
    """Posts of all users except those that you mute, the newest first, without replies to other users."""

    def get_queryset(self) -> Any:
        return partial(Post.objects.explore_timeline, self.request.user)
