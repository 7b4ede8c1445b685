"""API views of posts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import check_can_contact_others
from api.errors import NotAllowed
from api.limits import throttle
from api.schema import operation
from api.views import Endpoint
from microblog.core.performance.urls import cached_reverse
from posts.api.serializers import POST_EXAMPLE, NewPost, PostChanges, PostSerializer, represent_post
from posts.mentions import find_post_mentioning
from posts.models import Post
from posts.services import delete_post, edit_post, publish_post


class Posts(Endpoint):
    @operation(
        "write_post",
        "Write a post",
        {201: (PostSerializer, POST_EXAMPLE)},
        takes=(NewPost, {"body": "Hello, world"}),
    )
    def post(self, request: Request) -> Response:
        """The language is detected from the text unless you set it."""
        check_can_contact_others(request.user)
        new = NewPost(data=request.data)
        new.is_valid(raise_exception=True)
        throttle(request, "publish_post")
        with transaction.atomic():
            post = publish_post(request.user, body=new.validated_data["body"])
            if "language" in new.validated_data:
                edit_post(post, body=post.body, language=new.validated_data["language"])
        headers = {"Location": cached_reverse("api:post", post.pk)}
        return Response(represent_post(post), status=HTTPStatus.CREATED, headers=headers)

    def read_again(self, request: Request, made: int) -> dict[str, Any]:
        return represent_post(get_object_or_404(Post.objects.visible_to(request.user).for_timeline(), pk=made))


class OnePost(Endpoint):
    has_etag = True
    limited = {"DELETE": "delete"}

    @operation("show_post", "Show a post", {200: (PostSerializer, POST_EXAMPLE)})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """You can always read your own posts, also hidden ones, and posts that mention you, despite a block."""
        post = Post.objects.visible_to(request.user).for_timeline().filter(pk=pk).first()
        if post is None:
            mentioning = find_post_mentioning(request.user, pk)
            if mentioning is None:
                raise Http404
            return self.single(request, represent_post(mentioning, by_name_only=True))
        return self.single(request, represent_post(post))

    @operation(
        "change_post",
        "Edit your post",
        {200: (PostSerializer, {**POST_EXAMPLE, "edited_at": "2026-03-01T12:05:00.123456Z"})},
        takes=(PostChanges, {"body": "Hello, everybody"}),
    )
    @transaction.atomic
    def put(self, request: Request, pk: int) -> HttpResponseBase:
        """Members that you leave out keep their values. A post with a new text is marked as edited."""
        post = self._own(request, pk)
        check_can_contact_others(request.user)
        self.check_unchanged(request, lambda: represent_post(post))
        changes = PostChanges(data=request.data)
        changes.is_valid(raise_exception=True)
        throttle(request, "edit")
        data = changes.validated_data
        edit_post(post, body=data.get("body", post.body), language=data.get("language"))
        return self.single(request, represent_post(post))

    @operation("delete_post", "Delete your post", {204: (None, None)})
    @transaction.atomic
    def delete(self, request: Request, pk: int) -> Response:
        """It cannot be restored."""
        post = self._own(request, pk)
        self.check_unchanged(request, lambda: represent_post(post))
        delete_post(post)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _own(self, request: Request, pk: int) -> Post:
        """Return the user's own post with its row locked. Raise NotAllowed for a visible post by another user."""
        post = get_object_or_404(Post.objects.visible_to(request.user), pk=pk)
        if post.author_id != request.user.pk:
            raise NotAllowed("you can change only your own posts")
        post = get_object_or_404(Post.objects.select_for_update(), pk=pk)
        post.author = request.user
        return post
