"""Serializers of tokens."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.security.services import MAX_TOKEN_DAYS
from api.fields import StrictBooleanField, StrictCharField, StrictIntegerField
from api.serializers import ResourceSerializer


class TokenSerializer(ResourceSerializer):
    """A token, without its secret value, which is shown only once."""

    id = serializers.IntegerField()
    name = serializers.CharField(initial="Backup")
    read_only = serializers.BooleanField(source="is_read_only")
    current = serializers.BooleanField(source="is_current")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        instance.is_current = instance.pk == self.context["request"].auth.pk
        return super().to_representation(instance)


class NewTokenInput(serializers.Serializer):
    """Options of a new token. By default it can write, and expires after `token_seconds` of the instance's limits."""

    name = StrictCharField(required=False, max_length=64, initial="Backup")
    read_only = StrictBooleanField(required=False, default=False)
    lifetime = StrictIntegerField(
        required=False, min_value=1, max_value=MAX_TOKEN_DAYS * 24 * 3600, help_text="Seconds."
    )


class NewTokenSerializer(serializers.Serializer):
    token = serializers.CharField(initial="mb_TGV0IG1lIGluLCBwbGVhc2Ugc2ly")
