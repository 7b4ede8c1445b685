"""Serializers of posts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import PERSON_EXAMPLE, PersonSerializer, represent_person
from api.formats import BodyCharField, format_time
from microblog.core.performance.urls import cached_reverse
from posts.forms import NO_LANGUAGE
from posts.languages import DETECT, LANGUAGES
from posts.models import Post


class PostLinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    html = serializers.CharField()


class PostSerializer(serializers.Serializer):
    """A post. `hidden_reason` is present only for the author of a post that a moderator has hidden."""

    id = serializers.IntegerField()
    body = serializers.CharField()
    language = serializers.CharField(help_text="A code such as `es`; empty if unknown.")
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    author = PersonSerializer()
    _links = PostLinksSerializer()
    hidden_reason = serializers.CharField(required=False)


POST_EXAMPLE = {
    "id": 7,
    "body": "Hello, world",
    "language": "en",
    "created_at": "2026-03-01T12:00:00.123456Z",
    "edited_at": None,
    "author": PERSON_EXAMPLE,
    "_links": {"self": "/api/posts/7", "html": "/post/7"},
}


def represent_post(post: Post, *, by_name_only: bool = False) -> dict[str, Any]:
    """
    Return the fields of PostSerializer as a dictionary. The post's author must be fetched already.

    With `by_name_only`, of the author only the name is included: one of reader and author blocks the other.
    """
    represented: dict[str, Any] = {
        "id": post.pk,
        "body": post.body,
        "language": post.language,
        "created_at": format_time(post.created_at),
        "edited_at": post.edited_at and format_time(post.edited_at),
        "author": represent_person(post.author, by_name_only=by_name_only),
        "_links": {"self": cached_reverse("api:post", post.pk), "html": cached_reverse("posts:post", post.pk)},
    }
    if post.hidden_at is not None:
        represented["hidden_reason"] = post.hidden_reason
    return represented


class PostChanges(serializers.Serializer):
    """Changes of a post; members that you leave out keep their values."""

    body = BodyCharField(limit="POST_MAX_LENGTH", required=False)
    language = serializers.ChoiceField(
        required=False,
        choices=[DETECT, NO_LANGUAGE, *sorted(LANGUAGES)],
        help_text="`auto` detects it from the text, `none` is for a text without a language.",
    )

    def validate_language(self, language: str) -> str:
        return "" if language == NO_LANGUAGE else language


class NewPost(PostChanges):
    """A new post."""

    body = BodyCharField(limit="POST_MAX_LENGTH")
