"""The description of the API (OpenAPI 3.1): what is specific to each view, and what is common to all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from http import HTTPStatus
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers

from api.pagination import LIMIT, MAX_LIMIT, MAX_PER_PAGE, PER_PAGE
from microblog.core.problems import problem, problem_type

# Messages of the examples of errors.
MESSAGES = {
    400: "some values are not accepted, see errors",
    403: "this token is for reading only",
    409: "a request with this Idempotency-Key is being worked on",
    412: "it has changed since you read it",
    413: "the body is larger than 262144 bytes",
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
    409: "A request with the same `Idempotency-Key` is in progress, or the resource is not in the required state.",
    412: "The resource has changed: it no longer has the `ETag` that you sent in `If-Match`.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The `Idempotency-Key` was used with a different body.",
    429: "You have exceeded a rate limit; retry after the seconds in `Retry-After`.",
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
        return [] if self.method in self.view.open_methods else super().get_auth()

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        problem_schema = self.resolve_serializer(ProblemSerializer(), "response").ref
        repeated = self.method == "POST" and self.view.is_idempotent
        conditional = self.view.has_etag and self.method in ("GET", "PUT", "PATCH", "DELETE")
        headers = [_KEY] if repeated else []
        if conditional:
            headers.append(_IF_NONE_MATCH if self.method == "GET" else _IF_MATCH)
        if headers:
            operation.setdefault("parameters", []).extend(headers)
        for status in self._errors(operation, repeated=repeated, conditional=conditional):
            response: dict[str, Any] = {"description": WHEN[status]}
            if status != HTTPStatus.NOT_MODIFIED:
                example = problem(status, MESSAGES.get(status, ""))
                response["content"] = {problem_type(self.path): {"schema": problem_schema, "example": example}}
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
            operation["responses"].setdefault(str(status), response)
        for status, response in operation["responses"].items():
            if not response.get("description"):
                response["description"] = HTTPStatus(int(status)).phrase
            if status.startswith("2"):
                response.setdefault("headers", {}).update(_LIMITS | (_TAG if conditional and status != "204" else {}))
        operation["responses"] = dict(sorted(operation["responses"].items()))
        return operation

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

BY_NUMBER = [
    OpenApiParameter("page", str, description="The number of the page. 1 by default, and for any invalid value."),
    OpenApiParameter(
        "per_page",
        str,
        description=f"Page size, {MAX_PER_PAGE} at most. {PER_PAGE} by default, and for any invalid value.",
    ),
]
ID = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
BY_CURSOR = [
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT},
        description="Page size.",
    ),
    OpenApiParameter(
        "before", ID, description="Return the newest entries that are older than the entry with this id."
    ),
    OpenApiParameter(
        "after",
        ID,
        description="Return the oldest entries that are newer than the entry with this id. Not with `before`.",
    ),
]


class PageMetaSerializer(serializers.Serializer):
    page = serializers.IntegerField()
    per_page = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    total_items = serializers.IntegerField()


class ListMetaSerializer(serializers.Serializer):
    limit = serializers.IntegerField()


def numbered(of: type[serializers.Serializer]) -> serializers.Serializer:
    """Describe a list with numbered pages."""
    return envelope(of, "Page", PageMetaSerializer)  # type: ignore[arg-type] # a class is hashable


def cursored(of: type[serializers.Serializer]) -> serializers.Serializer:
    """Describe a list with keyset pagination."""
    return envelope(of, "List", ListMetaSerializer)  # type: ignore[arg-type] # a class is hashable


@cache
def envelope(
    of: type[serializers.Serializer], kind: str, meta: type[serializers.Serializer]
) -> serializers.Serializer:
    """Describe the envelope of a list, with the metadata of its kind."""
    name = of.__name__.removesuffix("Serializer") + kind
    return inline_serializer(name, {"items": of(many=True), "_meta": meta(), "_links": LinksSerializer()})


class LimitsSerializer(serializers.Serializer):
    post_characters = serializers.IntegerField()
    message_characters = serializers.IntegerField()
    about_me_characters = serializers.IntegerField()
    entries = serializers.IntegerField(help_text="The largest page size, for `limit` and `per_page`.")
    body_bytes = serializers.IntegerField()
    token_seconds = serializers.IntegerField(help_text="The default lifetime of a new token.")


class RateSerializer(serializers.Serializer):
    requests = serializers.IntegerField()
    seconds = serializers.IntegerField()


class LanguageSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class InstanceLinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    schema = serializers.CharField()
    docs = serializers.CharField()
    about = serializers.CharField()


class InstanceSerializer(serializers.Serializer):
    name = serializers.CharField()
    version = serializers.CharField()
    limits = LimitsSerializer()
    rate_limits = serializers.DictField(child=RateSerializer())
    languages = LanguageSerializer(many=True)
    _links = InstanceLinksSerializer()


INSTANCE_EXAMPLE = {
    "name": "Microblog",
    "version": "1.0.0",
    "limits": {
        "post_characters": 140,
        "message_characters": 140,
        "about_me_characters": 140,
        "entries": 100,
        "body_bytes": 262144,
        "token_seconds": 3600,
    },
    "rate_limits": {"token": {"requests": 300, "seconds": 300}, "account": {"requests": 1500, "seconds": 300}},
    "languages": [{"code": "en", "name": "English"}, {"code": "es", "name": "Español"}],
    "_links": {"self": "/api/instance", "schema": "/api/schema", "docs": "/api/docs", "about": "/about"},
}


class LinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


def example_page(path: str, *items: Any) -> dict[str, Any]:
    """Return an example of a numbered page with these entries."""
    meta = {"page": 1, "per_page": PER_PAGE, "total_pages": 1, "total_items": len(items)}
    links = {"self": f"{path}?page=1&per_page={PER_PAGE}", "next": None, "prev": None}
    return {"items": list(items), "_meta": meta, "_links": links}


def example_list(path: str, *items: Any) -> dict[str, Any]:
    """Return an example of a list with these entries."""
    newest = items[0].get("id", 1)
    links = {"self": path, "next": None, "prev": f"{path}?after={newest}&limit={LIMIT}"}
    return {"items": list(items), "_meta": {"limit": LIMIT}, "_links": links}


def operation(
    name: str,
    summary: str,
    responses: dict[int, tuple[Any, Any]],
    *,
    takes: tuple[Any, Any] | None = None,
    parameters: Iterable[OpenApiParameter] = (),
) -> Callable[[Any], Any]:
    """
    Describe one method of a view; its docstring is the description of the operation.

    `responses` maps each status to its serializer, None for an empty body, and an example; `takes` has both for the
    body of the request.
    """
    examples = [
        OpenApiExample(f"{name}_{status}", value=example, response_only=True, status_codes=[str(status)])
        for status, (_of, example) in responses.items()
        if example is not None
    ]
    if takes is not None:
        examples.append(OpenApiExample(f"{name}_body", value=takes[1], request_only=True))
    return extend_schema(
        operation_id=name,
        summary=summary,
        request=takes and takes[0],
        responses={
            (status, "application/json") if of else status: OpenApiResponse(of, description=HTTPStatus(status).phrase)
            for status, (of, _example) in responses.items()
        },
        parameters=list(parameters),
        examples=examples,
    )


@cache
def get_schema() -> dict[str, Any]:
    """Return the whole description; it is generated once per process."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema
