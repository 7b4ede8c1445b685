"""The description of the API (OpenAPI 3.1): what is specific to each view, and what is common to all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, get_args, get_type_hints

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from api.conditions import ETagMixin
from api.examples import EXAMPLE_ID, example_of
from api.generics import CreateModelMixin
from api.idempotency import IdempotencyMixin
from api.pagination import LinksSerializer
from microblog.core.problems import problem, problem_type

# Messages of the examples of errors.
MESSAGES = {
    400: "some values are not accepted, see errors",
    403: "this token is for reading only",
    409: "a request with this Idempotency-Key is being worked on",
    412: "it has changed since you read it",
    413: "the body is larger than {max_body} bytes",
    415: 'Unsupported media type "text/plain" in request.',
    422: "this Idempotency-Key was used for another body",
    429: "too many requests, try again in 120 s",
}
WHEN = {
    304: "The resource still has the `ETag` that you sent in `If-None-Match`.",
    400: "The request is invalid; `errors` names each invalid value.",
    401: "The token is missing, expired or revoked.",
    403: "You do not have permission to do this.",
    404: "The resource does not exist, or you do not have permission to see it.",
    405: "The URL does not support this method; `Allow` lists those that it supports.",
    409: "A request with the same `Idempotency-Key` is in progress, or the resource is not in the required state.",
    412: "The resource has changed: it no longer has the `ETag` that you sent in `If-Match`.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The `Idempotency-Key` was used with a different body.",
    429: "You have exceeded a rate limit; retry after the seconds in `Retry-After`.",
    500: "The site failed. Report the value of `X-Request-ID` to its operator.",
    503: "The site is temporarily unavailable; retry after the seconds in `Retry-After`.",
}


class FieldErrorSerializer(serializers.Serializer):
    pointer = serializers.CharField(
        help_text="A JSON Pointer to the value in the body, or `#/` and the name of a parameter."
    )
    code = serializers.CharField(help_text="The same in every language and version.")
    detail = serializers.CharField(help_text="A sentence in the language of the request.")


class ProblemSerializer(serializers.Serializer):
    """Problem details (RFC 9457), with `error` and `message` as extension members."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    instance = serializers.CharField(required=False)
    request_id = serializers.CharField(required=False)
    error = serializers.CharField(help_text="The reason phrase of the status.")
    message = serializers.CharField(required=False)
    errors = FieldErrorSerializer(many=True, required=False)


class Schema(AutoSchema):
    """Add what is common to all views: errors, rate limits, idempotency keys and conditional requests."""

    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def get_auth(self) -> list[dict[str, Any]]:
        is_open = any(isinstance(permission, AllowAny) for permission in self.view.get_permissions())
        return [] if is_open else super().get_auth()

    def get_request_serializer(self) -> Any:
        return getattr(self.view, "input_serializer_class", None)

    def get_response_serializers(self) -> Any:
        if getattr(self.view, "serializer_class", None) is None:
            return {HTTPStatus.NO_CONTENT: None}
        serializer = super().get_response_serializers()
        if self.method == "POST" and isinstance(self.view, CreateModelMixin):
            return {self.view.success_status: serializer}
        return serializer

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}{self._get_paginator().name}"

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        self._add_examples(operation)
        problem_schema = self.resolve_serializer(ProblemSerializer(), "response").ref
        repeated = self.method == "POST" and isinstance(self.view, IdempotencyMixin)
        conditional = isinstance(self.view, ETagMixin) and self.method in ("GET", "PUT", "PATCH", "DELETE")
        headers = [_KEY] if repeated else []
        if conditional:
            headers.append(_IF_NONE_MATCH if self.method == "GET" else _IF_MATCH)
        if headers:
            operation.setdefault("parameters", []).extend(headers)
        for status in self._errors(operation, repeated=repeated, conditional=conditional):
            response: dict[str, Any] = {"description": WHEN[status]}
            if status != HTTPStatus.NOT_MODIFIED:
                example = problem(status, MESSAGES.get(status, "").format(max_body=self.view.max_body))
                response["content"] = {problem_type(self.path): {"schema": problem_schema, "example": example}}
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
            operation["responses"].setdefault(str(status), response)
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                response["description"] = HTTPStatus(int(status)).phrase
                response.setdefault("headers", {}).update(_LIMITS | (_TAG if conditional and status != "204" else {}))
        operation["responses"] = dict(sorted(operation["responses"].items()))
        return operation

    def _add_examples(self, operation: dict[str, Any]) -> None:
        """Add examples to the body of the request and to successful responses that have none."""
        for content in operation.get("requestBody", {}).get("content", {}).values():
            content["example"] = example_of(self.get_request_serializer())
        responses = self.get_response_serializers()
        serializer = next(iter(responses.values())) if isinstance(responses, dict) else responses
        for response in operation["responses"].values():
            for content in response.get("content", {}).values():
                if "examples" not in content:
                    content["example"] = self._response_example(serializer)

    def _response_example(self, serializer: Any) -> Any:
        example = example_of(serializer)
        if not self._is_list_view():
            return example
        meta = self._get_paginator().meta_serializer_class
        for part in (LinksSerializer, meta):
            self.resolve_serializer(part(), "response")
        links = {"self": re.sub(r"{\w+}", str(EXAMPLE_ID), self.path), "next": None, "prev": None}
        return {"items": [example], "_meta": example_of(meta), "_links": links}

    def _errors(self, operation: dict[str, Any], *, repeated: bool, conditional: bool) -> set[int]:
        errors = {401, 429}
        has_body = "requestBody" in operation
        if any(each["in"] == "query" for each in operation.get("parameters", [])):
            errors.add(400)
        if self.method != "GET":
            errors |= {400, 403, 413}
        if has_body and len(self.view.parser_classes) == 1:
            errors.add(415)
        if any(each["in"] == "path" for each in operation.get("parameters", [])):
            errors.add(404)
        if repeated:
            errors |= {409, 422}
        if conditional:
            errors.add(304 if self.method == "GET" else 412)
        return errors | self.view.other_errors


class LinksFieldExtension(OpenApiSerializerFieldExtension):
    """Describe links as a component, which is named after the first class that has them."""

    target_class = "api.serializers.LinksField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        name = self.target.field_name
        kinds = reversed(type(self.target.parent).__mro__)
        owner = next(kind for kind in kinds if name in getattr(kind, "_declared_fields", ()))
        ref: dict[str, Any] = auto_schema.resolve_serializer(_describe_links(owner, name), direction).ref
        return ref


@cache
def _describe_links(owner: type[serializers.Serializer], name: str) -> type[serializers.Serializer]:
    links = owner._declared_fields[name].links
    fields = {name: serializers.CharField(allow_null=_is_optional(link)) for name, link in links.items()}
    described: type[serializers.Serializer] = inline_serializer(
        owner.__name__.removesuffix("Serializer") + "Links", fields
    )
    return described


def _is_optional(link: str | Callable[..., Any]) -> bool:
    return not isinstance(link, str) and type(None) in get_args(get_type_hints(link).get("return"))


_LIMITS = {
    name: {"schema": {"type": "string"}, "description": text}
    for name, text in {
        "X-RateLimit-Limit": "Requests per window of the rate limit that you are closest to.",
        "X-RateLimit-Remaining": "Requests left in the current window.",
        "X-RateLimit-Reset": "Seconds until the next window.",
    }.items()
}
_TAG = {"ETag": {"schema": {"type": "string"}, "description": "Identifies this version of the resource."}}


def _header(name: str, text: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "schema": {"type": "string"}, "description": text}


_KEY = _header(
    "Idempotency-Key",
    "Any 1 to 255 visible ASCII characters. A request that is repeated with the same key within 24 hours is not "
    "carried out again: it gets the response of the first one.",
)
_IF_NONE_MATCH = _header(
    "If-None-Match", "The `ETag` of your copy. The response is 304 if the resource has not changed."
)
_IF_MATCH = _header(
    "If-Match", "The `ETag` of your copy. The response is 412 if the resource has changed, and nothing is written."
)


@cache
def get_schema() -> dict[str, Any]:
    """Return the whole description; it is generated once per process."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema
