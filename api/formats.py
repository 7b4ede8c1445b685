"""What the API reads and writes: JSON, and texts as the site's forms take them."""

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
    """Read a JSON object; anything else is refused with its fault named, and an empty body is an empty object."""

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


class OtherParser(BaseParser):
    """Take a body that is not JSON for an empty object, as the addresses do that are older than this rule."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return {}


def _refuse_surrogates(data: dict[str, Any]) -> None:
    """Refuse half of a surrogate pair, which only an escape can spell, in any value of any operation."""
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
    raise ValueError(f"{name} is no JSON value")


class AlwaysJSON(BaseContentNegotiation):
    """Take a body for JSON unless it says otherwise; answers are JSON whatever the client says it likes."""

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser | None:
        kind = request.content_type.partition(";")[0].strip().lower()
        # A body without a type is JSON, as is an empty one of any type.
        is_json = kind in ("application/json", "") or kind.endswith("+json") or not request.META.get("CONTENT_LENGTH")
        return next((parser for parser in parsers if is_json or parser.media_type == "*/*"), None)


class TextField(serializers.CharField):
    """A text, and nothing that could be taken for one; without characters that the database or a reader minds."""

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


class WrittenField(TextField):
    """What a user writes, by the rules of the forms; `limit` is a number of characters or the name of a setting."""

    def __init__(self, *, limit: str | int, **options: Any) -> None:
        super().__init__(**options)
        self.form_field = BodyField(limit=limit, required=not self.allow_blank)

    def to_internal_value(self, data: Any) -> str:
        return str(self.form_field.clean(super().to_internal_value(data)))


class FlagField(serializers.BooleanField):
    """True or false, and nothing that could be taken for one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class NumberField(serializers.IntegerField):
    """A whole number, and no text that spells one."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


def instant(time: datetime) -> str:
    """Write a time as ISO 8601 in UTC, microseconds kept: 2026-03-01T12:00:00.123456Z."""
    return time.isoformat().replace("+00:00", "Z")
