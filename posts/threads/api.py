"""The API of threads."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.generics import APIView
from microblog.core.pagination import LARGEST_ID
from posts.api.serializers import PostSerializer
from posts.models import Post
from posts.reading import prepare_posts
from posts.threads.reading import ANCESTORS, find_places
from posts.timelines.api import Timeline


@extend_schema_view(get=extend_schema(operation_id="list_replies", summary="List the replies to a post"))
class Replies(Timeline):
    """Direct replies, except those by users that you mute, the newest first. Also of a post that was deleted."""

    def get_queryset(self) -> Any:
        pk = self.kwargs["pk"]
        if pk > LARGEST_ID:
            raise Http404
        return partial(Post.objects.other_replies, self.request.user, pk, 0, LARGEST_ID)

    def paginate_queryset(self, queryset: Any) -> Any:
        replies = super().paginate_queryset(queryset)
        if not replies and not _is_known(self.request, self.kwargs["pk"]):
            raise Http404
        return replies


class AncestorSerializer(serializers.Serializer):
    """A place above a post. `post` is null if you may not see the post, or if it was deleted."""

    id = serializers.IntegerField(source="pk")
    is_deleted = serializers.BooleanField()
    post = PostSerializer(allow_null=True)


class AncestorsSerializer(serializers.Serializer):
    items = AncestorSerializer(many=True)


class Ancestors(APIView):
    serializer_class = AncestorsSerializer
    other_errors = frozenset({404})

    @extend_schema(operation_id="list_ancestors", summary="List the posts above a reply")
    def get(self, request: Request, pk: int) -> Response:
        """The nearest come first, 20 at most. Those above the last one are its own ancestors."""
        if pk > LARGEST_ID or not _is_known(request, pk):
            raise Http404
        above = find_places(pk, reader=request.user)[1 : ANCESTORS + 1]
        prepare_posts([place.post for place in above if place.post], reader=request.user)
        return Response(AncestorsSerializer({"items": above}).data)


def _is_known(request: Request, pk: int) -> bool:
    """Return whether the caller may know that there is or was a post: they see it, or a reply to it."""
    posts = Post.objects.visible_to(request.user)
    return posts.filter(pk=pk).exists() or posts.unmuted_by(request.user).filter(reply_to=pk).exists()
