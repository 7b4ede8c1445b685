"""Fields of input that convert nothing, and the representation of times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from microblog.core.fields import BodyField
from microblog.core.text import validate_marks, validate_no_control_characters


class StrictCharField(serializers.CharField):
    """A JSON string, without conversion from other types, and without control characters and piled marks."""

    default_error_messages = {"invalid": _("This is not text.")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("trim_whitespace", False)
        super().__init__(**options)
        self.validators: list[Any] = [
            ProhibitNullCharactersValidator(),
            validate_no_control_characters,
            validate_marks,
            *(each for each in self.validators if not isinstance(each, ProhibitNullCharactersValidator)),
        ]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class FormCharField(StrictCharField):
    """A text that the field of a form cleans and validates."""

    def __init__(self, *, form_field: forms.Field, **options: Any) -> None:
        super().__init__(**options)
        self.form_field = form_field

    def to_internal_value(self, data: Any) -> str:
        return str(self.form_field.clean(super().to_internal_value(data)))


class BodyCharField(FormCharField):
    """A text of a user, validated as in the forms; `limit` is a number of characters or the name of a setting."""

    def __init__(self, *, limit: str | int, **options: Any) -> None:
        super().__init__(form_field=BodyField(limit=limit, required=not options.get("allow_blank")), **options)


class StrictBooleanField(serializers.BooleanField):
    """A JSON boolean, without conversion from other types."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictIntegerField(serializers.IntegerField):
    """A JSON number without a fraction, without conversion from other types."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


def format_time(time: datetime) -> str:
    """Return a time as ISO 8601 in UTC with microseconds: 2026-03-01T12:00:00.123456Z."""
    return time.isoformat().replace("+00:00", "Z")
