"""Serializers that conversations and notifications share."""

from rest_framework import serializers

from api.fields import StrictIntegerField
from microblog.core.pagination import LARGEST_ID


class UpTo(serializers.Serializer):
    """The newest item that you have read."""

    upto = StrictIntegerField(
        min_value=0, max_value=LARGEST_ID, help_text="The id of the newest item that you have read."
    )
