"""Serializers that conversations and notifications share."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request

from api.formats import StrictIntegerField
from microblog.core.pagination import LARGEST_ID


class UpTo(serializers.Serializer):
    """The newest entry that you have read."""

    upto = StrictIntegerField(
        min_value=0, max_value=LARGEST_ID, help_text="The id of the newest entry that you have read."
    )


def read_upto(request: Request) -> int:
    """Return `upto` of the body of a request; raise ValidationError."""
    body = UpTo(data=request.data)
    body.is_valid(raise_exception=True)
    upto: int = body.validated_data["upto"]
    return upto
