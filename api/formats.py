"""Formats of the API: JSON bodies, strict fields, and times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from microblog.core.fields import BodyField
from microblog.core.text import (
    JSON_MAX_DEPTH,
    has_surrogates,
    is_too_deep,
    validate_marks,
    validate_no_control_characters,
)


class JSONParser(BaseParser):
    """Parse a JSON object, or an empty body as an empty object; raise ParseError with the reason for anything else."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        content = stream.read()
        if not content.strip():
            return {}
        try:
            data = json.loads(content, parse_constant=_refuse_constant)
        except UnicodeDecodeError as error:
            raise ParseError("the body is not valid UTF-8") from error
        except RecursionError as error:
            raise ParseError("the JSON of the body is nested too deeply") from error
        except ValueError as error:
            raise ParseError(f"the body is not valid JSON: {error}") from error
        if content.count(b"[") + content.count(b"{") > JSON_MAX_DEPTH and is_too_deep(data):
            raise ParseError("the JSON of the body is nested too deeply")
        if not isinstance(data, dict):
            raise ParseError("the body must be a JSON object")
        if b"\\u" in content:
            _refuse_surrogates(data)
        return data


class EmptyBodyParser(BaseParser):
    """Read a body that is not JSON as an empty object, as the original URLs do."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return {}


def _refuse_surrogates(data: dict[str, Any]) -> None:
    """Refuse lone surrogates, which only an escape can encode, in any value."""
    if any(map(has_surrogates, data)):
        raise ParseError("a name in the body has half of a surrogate pair, which is not a character")
    errors = {}
    for name, value in data.items():
        if has_surrogates(value):
            try:
                validate_no_control_characters(json.dumps(value, ensure_ascii=False).removeprefix('"'))
            except DjangoValidationError as error:
                errors[name] = serializers.as_serializer_error(error)["non_field_errors"]
    if errors:
        raise serializers.ValidationError(errors)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


class JSONContentNegotiation(BaseContentNegotiation):
    """Parse a body as JSON unless it has another media type; responses are JSON whatever the client accepts."""

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser | None:
        kind = request.content_type.partition(";")[0].strip().lower()
        # A body without a media type is JSON, as is an empty one of any media type.
        is_json = kind in ("application/json", "") or kind.endswith("+json") or not request.META.get("CONTENT_LENGTH")
        return next((parser for parser in parsers if is_json or parser.media_type == "*/*"), None)


class StrictCharField(serializers.CharField):
    """A JSON string, without conversion from other types, and without control characters and piled marks."""

    default_error_messages = {"invalid": _("Not a text.")}

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


class BodyCharField(StrictCharField):
    """A text of a user, validated as in the forms; `limit` is a number of characters or the name of a setting."""

    def __init__(self, *, limit: str | int, **options: Any) -> None:
        super().__init__(**options)
        self.form_field = BodyField(limit=limit, required=not self.allow_blank)

    def to_internal_value(self, data: Any) -> str:
        return str(self.form_field.clean(super().to_internal_value(data)))


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
