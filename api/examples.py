"""Examples for the description of the API, from the fields of the serializers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from api.serializers import LinksField
from microblog.core.performance.urls import cached_reverse

EXAMPLE_ID = 7
TIME = "2026-03-01T12:00:00.123456Z"


def example_of(serializer: Any) -> dict[str, Any]:
    """Return an example of what a serializer represents or accepts: the `initial` of each field, or else a default."""
    serializer = serializer() if isinstance(serializer, type) else serializer
    return {name: _value(field) for name, field in serializer.fields.items() if field.required or _is_given(field)}


def _is_given(field: serializers.Field) -> bool:
    return field.initial not in (None, empty, "")


def _value(field: serializers.Field) -> Any:
    match field:
        case serializers.ListSerializer():
            value: Any = [example_of(field.child)]
        case serializers.Serializer():
            value = example_of(field)
        case LinksField():
            value = {name: _link(name, link) for name, link in field.links.items()}
        case _ if _is_given(field):
            value = field.initial
        case _ if field.allow_null:
            value = None
        case serializers.DateTimeField():
            value = TIME
        case serializers.ChoiceField():
            value = next(iter(field.choices))
        case serializers.BooleanField():
            value = False
        case serializers.IntegerField():
            value = EXAMPLE_ID
        case _:
            value = ""
    return value


def _link(name: str, link: Any) -> str:
    return cached_reverse(link, EXAMPLE_ID) if isinstance(link, str) else f"https://microblog.example.com/{name}"
