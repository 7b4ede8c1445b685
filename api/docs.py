"""The page that documents the API, from its description."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from api.schema import WHEN, get_schema

# Longer lists of choices are only in the OpenAPI document.
MAX_CHOICES = 10


@require_safe
@login_not_required
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description of the API as a page."""
    return render(request, "api/docs.html", {"operations": _operations(), "errors": _errors()})


@cache
def _errors() -> list[tuple[int, SafeString]]:
    return [(status, _rich(text)) for status, text in WHEN.items() if status >= 400]


@cache
def _operations() -> list[dict[str, Any]]:
    """Return each operation of the description, with what the page shows in addition."""
    schema = get_schema()

    def resolved(part: dict[str, Any]) -> dict[str, Any]:
        return schema["components"]["schemas"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part

    def field(name: str, part: dict[str, Any], text: str, *, is_required: bool) -> dict[str, Any]:
        return {"name": name, "kind": _kind(resolved(part)), "is_required": is_required, "text": _rich(text)}

    def described(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        members = resolved(body.get("schema", {}))
        return {
            **operation,
            "path": path,
            "method": method.upper(),
            "text": _rich(operation.get("description", "")),
            "needs": [name for scheme in operation.get("security", []) for name in scheme],
            "parameters": [
                field(
                    each["name"], each["schema"], each.get("description", ""), is_required=each.get("required", False)
                )
                for each in operation.get("parameters", [])
            ],
            "body": [
                field(name, part, part.get("description", ""), is_required=name in members.get("required", []))
                for name, part in members.get("properties", {}).items()
            ],
            "body_example": _example(body),
            "successes": [
                (
                    status,
                    _rich(response["description"]),
                    _example(next(iter(response.get("content", {}).values()), {})),
                )
                for status, response in operation["responses"].items()
                if status < "300"
            ],
        }

    operations = [
        described(path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return sorted(operations, key=lambda operation: operation["tags"])


def _rich(text: str) -> SafeString:
    """Turn text in backticks into code."""
    parts = (
        format_html("<code>{}</code>" if number % 2 else "{}", part) for number, part in enumerate(text.split("`"))
    )
    return format_html_join("", "{}", ((part,) for part in parts))


def _kind(schema: dict[str, Any]) -> str:
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else " or ".join(kinds)
    if len(schema.get("enum", ())) in range(1, MAX_CHOICES):
        kind += ", one of " + ", ".join(json.dumps(choice) for choice in schema["enum"])
    if "maxLength" in schema:
        kind += f", at most {schema['maxLength']} characters"
    if "minimum" in schema and "maximum" in schema:
        kind += f", {schema['minimum']} to {schema['maximum']}"
    return kind


def _example(content: dict[str, Any]) -> str:
    return json.dumps(content["example"], indent=2, ensure_ascii=False) if "example" in content else ""
