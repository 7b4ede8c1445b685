"""Parsers of bodies, and how one is chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from microblog.core.text import (
    JSON_MAX_DEPTH,
    has_surrogates,
    is_too_deep,
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

    def select_renderer(
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser | None:
        kind = request.content_type.partition(";")[0].strip().lower()
        # A body without a media type is JSON, as is an empty one of any media type.
        is_json = kind in ("application/json", "") or kind.endswith("+json") or not request.META.get("CONTENT_LENGTH")
        return next((parser for parser in parsers if is_json or parser.media_type == "*/*"), None)
