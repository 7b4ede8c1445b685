"""Addresses of posts and timelines."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import throttle
from accounts.api.views import check_may_reach_others
from accounts.models import User
from microblog.core.addresses import address
from microblog.core.api.errors import NotAllowed, Refused
from microblog.core.api.pagination import by_cursor
from microblog.core.api.schema import BY_CURSOR, cursored, example_list, operation
from microblog.core.api.views import Endpoint
from microblog.core.downloads import send_file
from posts import timelines
from posts.api.serializers import (
    EXPORT_EXAMPLE,
    POST_EXAMPLE,
    ExportSerializer,
    NewPost,
    PostChanges,
    PostSerializer,
    represent_export,
    represent_post,
)
from posts.models import Export, Post
from posts.services import cancel_export, delete_post, edit_post, find_post_to, publish_post, request_export

# Seconds after which an archive that is being made is worth asking for again.
EXPORT_POLL = "5"


class Posts(Endpoint):
    @operation(
        "write_post",
        "Write a post",
        {201: (PostSerializer, POST_EXAMPLE)},
        takes=(NewPost, {"body": "Hello, world"}),
    )
    def post(self, request: Request) -> Response:
        """Its language is found in the text unless it is given."""
        check_may_reach_others(request.user)
        new = NewPost(data=request.data)
        new.is_valid(raise_exception=True)
        throttle(request, "publish_post")
        with transaction.atomic():
            post = publish_post(request.user, body=new.validated_data["body"])
            if "language" in new.validated_data:
                edit_post(post, body=post.body, language=new.validated_data["language"])
        headers = {"Location": address("api:post", post.pk)}
        return Response(represent_post(post), status=HTTPStatus.CREATED, headers=headers)

    def read_again(self, request: Request, made: int) -> dict[str, Any]:
        return represent_post(get_object_or_404(Post.objects.visible_to(request.user).for_timeline(), pk=made))


class OnePost(Endpoint):
    has_etag = True
    limited = {"DELETE": "delete"}

    @operation("show_post", "Show a post", {200: (PostSerializer, POST_EXAMPLE)})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """One of one's own is shown even when it is hidden from others, and one that mentions you despite a block."""
        post = Post.objects.visible_to(request.user).for_timeline().filter(pk=pk).first()
        if post is None:
            to_reader = find_post_to(request.user, pk)
            if to_reader is None:
                raise Http404
            return self.single(request, represent_post(to_reader, by_name_only=True))
        return self.single(request, represent_post(post))

    @operation(
        "change_post",
        "Change one's own post",
        {200: (PostSerializer, {**POST_EXAMPLE, "edited_at": "2026-03-01T12:05:00.123456Z"})},
        takes=(PostChanges, {"body": "Hello, everybody"}),
    )
    @transaction.atomic
    def put(self, request: Request, pk: int) -> HttpResponseBase:
        """What is absent stays. Another text is marked as edited."""
        post = self._own(request, pk)
        check_may_reach_others(request.user)
        self.check_unchanged(request, lambda: represent_post(post))
        changes = PostChanges(data=request.data)
        changes.is_valid(raise_exception=True)
        throttle(request, "edit")
        data = changes.validated_data
        edit_post(post, body=data.get("body", post.body), language=data.get("language"))
        return self.single(request, represent_post(post))

    @operation("delete_post", "Delete one's own post", {204: (None, None)})
    @transaction.atomic
    def delete(self, request: Request, pk: int) -> Response:
        """It is gone for good."""
        post = self._own(request, pk)
        self.check_unchanged(request, lambda: represent_post(post))
        delete_post(post)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _own(self, request: Request, pk: int) -> Post:
        """Return the caller's own post, whose row is locked; raise NotAllowed for one that they only see."""
        post = get_object_or_404(Post.objects.visible_to(request.user), pk=pk)
        if post.author_id != request.user.pk:
            raise NotAllowed("you can change only your own posts")
        post = get_object_or_404(Post.objects.select_for_update(), pk=pk)
        post.author = request.user
        return post


class Exports(Endpoint):
    @operation(
        "list_exports",
        "List the archives that one asked for",
        {200: (cursored(ExportSerializer), example_list("/api/exports", EXPORT_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """The newest stands at the top."""
        exports = request.user.exports.all()
        return by_cursor(request, lambda cursor: cursor.window(exports), represent_export)

    @operation("request_export", "Ask for the archive of one's data", {202: (ExportSerializer, EXPORT_EXAMPLE)})
    def post(self, request: Request) -> Response:
        """It is made in the background: ask its address now and then. While one is made, this answers with it."""
        export = request.user.exports.filter(state__in=Export.IN_PROGRESS).first()
        if export is None:
            throttle(request, "export")
            export = request_export(request.user)
        headers = {"Location": address("api:export", export.pk), "Retry-After": EXPORT_POLL}
        return Response(represent_export(export), status=HTTPStatus.ACCEPTED, headers=headers)

    def read_again(self, request: Request, made: int) -> dict[str, Any]:
        return represent_export(get_object_or_404(request.user.exports, pk=made))


class OneExport(Endpoint):
    has_etag = True

    @operation("show_export", "Show how far an archive is", {200: (ExportSerializer, EXPORT_EXAMPLE)})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """When it is `done`, `_links.archive` leads to it."""
        export = get_object_or_404(request.user.exports, pk=pk)
        response = self.single(request, represent_export(export))
        if export.is_in_progress:
            response.headers["Retry-After"] = EXPORT_POLL
        return response

    @operation("cancel_export", "Stop making an archive", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """One that is made already stays until it expires. Repeating it is harmless."""
        export = get_object_or_404(request.user.exports, pk=pk)
        self.check_unchanged(request, lambda: represent_export(export))
        cancel_export(export, actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Archive(Endpoint):
    errors_besides = frozenset({409})

    @extend_schema(
        operation_id="download_export",
        summary="Download an archive",
        responses={
            (200, "application/zip"): OpenApiResponse(
                OpenApiTypes.BINARY, examples=[OpenApiExample("archive", value="PK…")]
            )
        },
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """A ZIP file. With `Range` a download that broke off goes on where it ended."""
        export = get_object_or_404(request.user.exports, pk=pk)
        if not export.is_downloadable:
            raise Refused("the archive is not ready, or no longer kept", HTTPStatus.CONFLICT)
        return send_file(request._request, export.open(), name=export.download_name, etag=export.etag)


class PostsOfUser(Endpoint):
    @operation(
        "list_posts_of_user",
        "List a person's posts",
        {200: (cursored(PostSerializer), example_list("/api/users/2/posts", POST_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request, pk: int) -> Response:
        """The newest stands at the top."""
        person = get_object_or_404(User.objects.visible_to(request.user).only("pk"), pk=pk)
        return by_cursor(request, lambda cursor: timelines.of_author(request.user, person.pk, cursor), represent_post)


class HomeTimeline(Endpoint):
    @operation(
        "home_timeline",
        "The home timeline",
        {200: (cursored(PostSerializer), example_list("/api/timelines/home", POST_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Posts of the people whom one follows and one's own, the newest at the top."""
        return by_cursor(request, lambda cursor: timelines.home(request.user, cursor), represent_post)


class PublicTimeline(Endpoint):
    @operation(
        "public_timeline",
        "The public timeline",
        {200: (cursored(PostSerializer), example_list("/api/timelines/public", POST_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Posts of everybody whom one does not mute, the newest at the top."""
        return by_cursor(request, lambda cursor: timelines.everybody(request.user, cursor), represent_post)
