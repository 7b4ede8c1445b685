"""Serializers of posts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import PersonSerializer
from api.fields import BodyCharField
from api.serializers import LinksField, ResourceSerializer
from microblog.core.pagination import LARGEST_ID
from posts.forms import NO_LANGUAGE
from posts.languages import DETECT, LANGUAGES
from posts.models import Post


class AddresseeSerializer(ResourceSerializer):
    """The user that a reply answers."""

    id = serializers.IntegerField(source="addressee_id")
    username = serializers.CharField(source="addressee_name", initial="david")

    def to_representation(self, instance: Post) -> Any:
        return None if instance.addressee_name is None else super().to_representation(instance)


class PostSerializer(ResourceSerializer):
    """A post. `hidden_reason` is present only for the author of a post that a moderator has hidden."""

    id = serializers.IntegerField()
    body = serializers.CharField(initial="Hello, world")
    language = serializers.CharField(initial="en", help_text="A code such as `es`; empty if unknown.")
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)
    like_count = serializers.IntegerField()
    repost_count = serializers.IntegerField(initial=0)
    liked = serializers.BooleanField(source="is_liked", help_text="Whether you like it.")
    reposted = serializers.BooleanField(source="is_reposted", help_text="Whether you repost it.")
    bookmarked = serializers.BooleanField(source="is_bookmarked", help_text="Whether you have bookmarked it.")
    author = PersonSerializer()
    reply_to = serializers.IntegerField(
        source="reply_to_id", allow_null=True, help_text="The id of the post that it replies to."
    )
    addressee = AddresseeSerializer(
        source="*",
        allow_null=True,
        help_text="The user that a reply answers; null for other posts, and if you may not see the user.",
    )
    reply_count = serializers.IntegerField(initial=0)
    _links = LinksField(self="api:post", html="posts:post")
    hidden_reason = serializers.CharField(required=False)

    def to_representation(self, instance: Post) -> dict[str, Any]:
        represented = super().to_representation(instance)
        if instance.hidden_at is not None:
            represented["hidden_reason"] = instance.hidden_reason
        return represented


class ReposterSerializer(ResourceSerializer):
    """The user that reposted it to the home timeline."""

    id = serializers.IntegerField(source="repost.author.pk")
    username = serializers.CharField(source="repost.author.username", initial="david")

    def to_representation(self, instance: Post) -> Any:
        return None if instance.repost is None else super().to_representation(instance)


class HomePostSerializer(PostSerializer):
    """A post in the home timeline. With `reposted_by`, the post is there because that user has reposted it."""

    reposted_by = ReposterSerializer(source="*", allow_null=True, help_text="Null for a post that is there itself.")


class PostChanges(serializers.Serializer):
    """Changes of a post; members that you leave out keep their values."""

    body = BodyCharField(limit="POST_MAX_LENGTH", required=False, initial="Hello, everybody")
    language = serializers.ChoiceField(
        required=False,
        choices=[DETECT, NO_LANGUAGE, *sorted(LANGUAGES)],
        help_text="`auto` detects it from the text, `none` is for a text without a language.",
    )

    def validate_language(self, language: str) -> str:
        return "" if language == NO_LANGUAGE else language


class NewPost(PostChanges):
    """A new post."""

    body = BodyCharField(limit="POST_MAX_LENGTH", initial="Hello, world")
    reply_to = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=LARGEST_ID,
        help_text="The id of the post that it replies to.",
    )
