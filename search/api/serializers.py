"""Serializers of results that are of several kinds."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.serializers import LinksField
from blog.api.serializers import PublicationSerializer
from blog.models import Publication, Snippet
from microblog.core.performance.urls import cached_reverse


class LanguageField(serializers.CharField):
    def to_representation(self, instance: Any) -> str:
        return instance.lexer_name if isinstance(instance, Snippet) else instance.language


def api_url(publication: Publication) -> str:
    return cached_reverse(f"api:{publication._meta.model_name}", publication.pk)


class FoundPublicationSerializer(PublicationSerializer):
    """An entry or a snippet, as `kind` says, without its text and its tags."""

    kind = serializers.ChoiceField(choices=["entry", "snippet"], source="_meta.model_name")
    language = LanguageField(
        source="*", initial="en", help_text="Of the text, a code such as `es` or empty if unknown; or of the code."
    )
    _links = LinksField(self=api_url, html=Publication.get_absolute_url)
