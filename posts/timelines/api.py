"""The API of timelines."""

from __future__ import annotations

from functools import partial

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api.pagination import by_cursor
from api.schema import BY_CURSOR, cursored, example_list, operation
from api.views import Endpoint
from posts.api.serializers import POST_EXAMPLE, PostSerializer, represent_post
from posts.models import Post


class PostsOfUser(Endpoint):
    @operation(
        "list_posts_of_user",
        "List a user's posts",
        {200: (cursored(PostSerializer), example_list("/api/users/2/posts", POST_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request, pk: int) -> Response:
        """The newest come first."""
        person = get_object_or_404(User.objects.visible_to(request.user).only("pk"), pk=pk)
        return by_cursor(request, partial(Post.objects.profile_timeline, request.user, person.pk), represent_post)


class HomeTimeline(Endpoint):
    @operation(
        "home_timeline",
        "The home timeline",
        {200: (cursored(PostSerializer), example_list("/api/timelines/home", POST_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Your posts and those of the users that you follow, the newest first."""
        return by_cursor(request, partial(Post.objects.home_timeline, request.user), represent_post)


class PublicTimeline(Endpoint):
    @operation(
        "public_timeline",
        "The public timeline",
        {200: (cursored(PostSerializer), example_list("/api/timelines/public", POST_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Posts of all users except those that you mute, the newest first."""
        return by_cursor(request, partial(Post.objects.explore_timeline, request.user), represent_post)
