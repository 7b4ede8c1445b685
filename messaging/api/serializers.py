"""What the API takes about conversations and notifications alike."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request

from api.formats import NumberField
from microblog.core.pagination import LARGEST_ID


class UpTo(serializers.Serializer):
    """How far one has read."""

    upto = NumberField(min_value=0, max_value=LARGEST_ID, help_text="The id of the newest that you saw.")


def read_upto(request: Request) -> int:
    """Return the id that the body of a request names, or raise ValidationError."""
    body = UpTo(data=request.data)
    body.is_valid(raise_exception=True)
    upto: int = body.validated_data["upto"]
    return upto
