"""The API of timelines."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view

from accounts.models import User
from api.generics import ListAPIView
from api.pagination import KeysetPagination
from posts.api.serializers import PostSerializer
from posts.models import Post


class Timeline(ListAPIView):
    """Posts, the newest first."""

    pagination_class = KeysetPagination
    serializer_class = PostSerializer


@extend_schema_view(get=extend_schema(operation_id="list_posts_of_user", summary="List a user's posts"))
class PostsOfUser(Timeline):
    """The newest come first."""

    def get_queryset(self) -> Any:
        viewer = self.request.user
        person = get_object_or_404(User.objects.visible_to(viewer).only("pk"), pk=self.kwargs["pk"])
        return partial(Post.objects.profile_timeline, viewer, person.pk)


@extend_schema_view(get=extend_schema(operation_id="home_timeline", summary="List the home timeline"))
class HomeTimeline(Timeline):
    """Your posts and those of the users that you follow, the newest first."""

    def get_queryset(self) -> Any:
        return partial(Post.objects.home_timeline, self.request.user)


@extend_schema_view(get=extend_schema(operation_id="public_timeline", summary="List the public timeline"))
class PublicTimeline(Timeline):
    """Posts of all users except those that you mute, the newest first."""

    def get_queryset(self) -> Any:
        return partial(Post.objects.explore_timeline, self.request.user)
