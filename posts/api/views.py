"""API views of posts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import HasConfirmedEmail
from api.conditions import ETagMixin
from api.generics import CreateAPIView, GenericAPIView
from api.throttling import throttle
from posts.api.serializers import NewPost, PostChanges, PostSerializer
from posts.mentions import find_post_mentioning
from posts.models import Post
from posts.querysets import PostQuerySet
from posts.reading import prepare_posts
from posts.services import delete_post, edit_post, publish_post


@extend_schema_view(post=extend_schema(operation_id="write_post", summary="Write a post"))
class Posts(CreateAPIView):
    """The language is detected from the text unless you set it."""

    permission_classes = [*CreateAPIView.permission_classes, HasConfirmedEmail]
    serializer_class = PostSerializer
    input_serializer_class = NewPost

    def get_queryset(self) -> PostQuerySet:
        return Post.objects.visible_to(self.request.user).for_timeline()

    @transaction.atomic
    def perform_create(self, data: dict[str, Any]) -> Post:
        throttle(self.request, "publish_post")
        post = publish_post(self.request.user, body=data["body"], reply_to=data.get("reply_to"))
        if "language" in data:
            edit_post(post, body=post.body, language=data["language"])
        return post

    def represent(self, instance: Post) -> Any:
        prepare_posts([instance], reader=self.request.user)
        return super().represent(instance)


class OnePost(ETagMixin, GenericAPIView):
    permission_classes = [*GenericAPIView.permission_classes, HasConfirmedEmail]
    throttle_scopes = {"DELETE": "delete"}
    serializer_class = PostSerializer
    input_serializer_class = PostChanges
    counters = frozenset({"reply_count", "like_count", "repost_count", "liked", "reposted", "bookmarked"})

    @extend_schema(operation_id="show_post", summary="Show a post")
    def get(self, request: Request, pk: int) -> Response:
        """You can always read your own posts, even hidden ones, and posts that mention you, despite a block."""
        post = Post.objects.visible_to(request.user).for_timeline().filter(pk=pk).first()
        if post is None:
            post = find_post_mentioning(request.user, pk)
            if post is None:
                raise Http404
            post.author.is_blocked_either_way = True
        prepare_posts([post], reader=request.user)
        return Response(self.get_serializer(post).data)

    @extend_schema(operation_id="change_post", summary="Edit your post")
    @transaction.atomic
    def put(self, request: Request, pk: int) -> Response:
        """Members that you leave out keep their values. A post with a new text is marked as edited."""
        post = self.get_object()
        self.check_unchanged(post)
        data = self.validated()
        throttle(request, "edit")
        edit_post(post, body=data.get("body", post.body), language=data.get("language"))
        return Response(self.get_serializer(post).data)

    @extend_schema(operation_id="delete_post", summary="Delete your post")
    @transaction.atomic
    def delete(self, request: Request, pk: int) -> Response:
        """It cannot be restored."""
        post = self.get_object()
        self.check_unchanged(post)
        delete_post(post)
        return Response(status=HTTPStatus.NO_CONTENT)

    def get_object(self) -> Post:
        """Return the caller's own post with its row locked; raise PermissionDenied for another user's."""
        user, pk = self.request.user, self.kwargs["pk"]
        if get_object_or_404(Post.objects.visible_to(user), pk=pk).author_id != user.pk:
            raise PermissionDenied("you can change only your own posts")
        post = get_object_or_404(Post.objects.select_for_update(), pk=pk)
        post.author = user
        prepare_posts([post], reader=user)
        return post
