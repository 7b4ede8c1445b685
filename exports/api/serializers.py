"""Serializers of exports."""

from __future__ import annotations

from rest_framework import serializers

from api.serializers import LinksField, ResourceSerializer
from exports.models import Export
from microblog.core.site_urls import absolute_url


def archive_link(export: Export) -> str | None:
    """Return the absolute URL of the archive while it can be downloaded."""
    return absolute_url("api:archive", export.pk) if export.is_downloadable else None


class ExportSerializer(ResourceSerializer):
    """An export of your data: an archive of everything that you have written and of your settings."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Export.State.values)
    progress = serializers.IntegerField(help_text="Percentage.")
    error = serializers.CharField(
        source="failure_text", help_text="Why the export failed, in the language of the request; otherwise empty."
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    size = serializers.IntegerField(help_text="Bytes.")
    _links = LinksField(self="api:export", archive=archive_link)
