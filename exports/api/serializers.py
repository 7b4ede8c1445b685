"""Serializers of exports."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.formats import format_time
from exports.models import Export
from microblog.core.performance.urls import cached_reverse
from microblog.core.site_urls import absolute_url


class ExportLinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    archive = serializers.CharField(allow_null=True)


class ExportSerializer(serializers.Serializer):
    """An export of your data: an archive of everything that you have written and of your settings."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Export.State.values)
    progress = serializers.IntegerField(help_text="Percentage.")
    error = serializers.CharField(help_text="Why the export failed, in the language of the request; otherwise empty.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    size = serializers.IntegerField(help_text="Bytes.")
    _links = ExportLinksSerializer()


EXPORT_EXAMPLE = {
    "id": 5,
    "state": "running",
    "progress": 40,
    "error": "",
    "created_at": "2026-03-01T12:00:00.123456Z",
    "expires_at": None,
    "size": 0,
    "_links": {"self": "/api/exports/5", "archive": None},
}


def represent_export(export: Export) -> dict[str, Any]:
    """Return what ExportSerializer describes."""
    return {
        "id": export.pk,
        "state": export.state,
        "progress": export.progress,
        "error": export.get_failure_display() if export.failure else "",
        "created_at": format_time(export.created_at),
        "expires_at": export.expires_at and format_time(export.expires_at),
        "size": export.size,
        "_links": {
            "self": cached_reverse("api:export", export.pk),
            "archive": absolute_url("api:archive", export.pk) if export.is_downloadable else None,
        },
    }
