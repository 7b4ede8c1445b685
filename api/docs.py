"""The page that documents the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from api.schema import WHEN, get_schema


class Field(NamedTuple):
    """A parameter, or a member of a body."""

    name: str
    kind: str
    is_required: bool
    text: str


class Operation(NamedTuple):
    """One method of one URL."""

    name: str
    method: str
    path: str
    summary: str
    text: str
    needs: str
    parameters: list[Field]
    body: list[Field]
    body_example: str
    responses: list[tuple[str, str, str]]


@require_safe
@login_not_required
def docs(request: HttpRequest) -> HttpResponse:
    """Show the description of the API as a page."""
    errors = [(status, _rich(text)) for status, text in WHEN.items() if status >= HTTPStatus.BAD_REQUEST]
    context = {"groups": _groups(), "errors": errors}
    return render(request, "api/docs.html", context)


@cache
def _groups() -> list[tuple[str, list[Operation]]]:
    groups: dict[str, list[Operation]] = {}
    for path, methods in get_schema()["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return list(groups.items())


def _operation(path: str, method: str, operation: dict[str, Any]) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    security = operation.get("security", [])
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=_rich(operation.get("description", "")),
        needs=next(iter(security[0])) if security else "",
        parameters=[
            Field(each["name"], _kind(each["schema"]), each.get("required", False), _rich(each.get("description", "")))
            for each in operation.get("parameters", [])
        ],
        body=list(_fields(body.get("schema", {}))),
        body_example=_example(body),
        responses=[
            (status, _rich(response["description"]), _example(next(iter(response.get("content", {}).values()), {})))
            for status, response in operation["responses"].items()
            if status < "300"
        ],
    )


def _fields(schema: dict[str, Any]) -> Iterator[Field]:
    schema = _resolved(schema)
    for name, field in schema.get("properties", {}).items():
        resolved = _resolved(field)
        text = field.get("description", "").partition("\n")[0]
        yield Field(name, _kind(resolved), name in schema.get("required", []), _rich(text))


def _rich(text: str) -> SafeString:
    """Turn text in backticks into code."""
    parts = (
        format_html("<code>{}</code>" if number % 2 else "{}", part) for number, part in enumerate(text.split("`"))
    )
    return format_html_join("", "{}", ((part,) for part in parts))


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    component: dict[str, Any] = get_schema()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return component


def _kind(schema: dict[str, Any]) -> str:
    kinds = schema.get("type", "string")
    kind = kinds if isinstance(kinds, str) else " or ".join(kinds)
    if "maxLength" in schema:
        kind += f", at most {schema['maxLength']} characters"
    if "minimum" in schema and "maximum" in schema:
        kind += f", {schema['minimum']} to {schema['maximum']}"
    return kind


def _example(content: dict[str, Any]) -> str:
    for example in content.get("examples", {}).values():
        return json.dumps(example["value"], indent=2, ensure_ascii=False)
    return ""
