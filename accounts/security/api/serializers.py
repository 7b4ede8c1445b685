"""Serializers of tokens."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.security.models import ApiToken
from accounts.security.services import MAX_TOKEN_DAYS
from api.formats import StrictBooleanField, StrictCharField, StrictIntegerField, format_time


class TokenSerializer(serializers.Serializer):
    """A token, without its secret value, which is shown only once."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    read_only = serializers.BooleanField()
    current = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


TOKEN_EXAMPLE = {
    "id": 1,
    "name": "Backup",
    "read_only": True,
    "current": False,
    "created_at": "2026-03-01T12:00:00.123456Z",
    "expires_at": "2026-05-30T12:00:00.123456Z",
    "last_used_at": None,
}


def represent_token(token: ApiToken, current: ApiToken) -> dict[str, Any]:
    """Return what TokenSerializer describes."""
    return {
        "id": token.pk,
        "name": token.name,
        "read_only": token.is_read_only,
        "current": token.pk == current.pk,
        "created_at": format_time(token.created_at),
        "expires_at": format_time(token.expires_at),
        "last_used_at": token.last_used_at and format_time(token.last_used_at),
    }


class NewTokenInput(serializers.Serializer):
    """Options of a new token. By default it can write, and expires after `token_seconds` of the instance's limits."""

    name = StrictCharField(required=False, max_length=64)
    read_only = StrictBooleanField(required=False, default=False)
    lifetime = StrictIntegerField(
        required=False, min_value=1, max_value=MAX_TOKEN_DAYS * 24 * 3600, help_text="Seconds."
    )


class NewTokenSerializer(serializers.Serializer):
    token = serializers.CharField()
