"""How the API describes itself (OpenAPI 3.1): what each view says, and what holds for all of them."""

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

# What an example of an error says.
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
    304: "You have it already, by `If-None-Match`.",
    400: "Something in the request is not accepted; `errors` says what.",
    401: "No token, or one that works no more.",
    403: "You are known, and may not do this.",
    404: "There is no such thing, or you may not know of it.",
    409: "A request with the same `Idempotency-Key` is being worked on, or what is asked for is not ready.",
    412: "It has changed since you read it, by `If-Match`.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The `Idempotency-Key` was used for another body.",
    429: "Too many requests; `Retry-After` says when to go on.",
}


class FieldErrorSerializer(serializers.Serializer):
    pointer = serializers.CharField(help_text="Where it stands in the body, or the name of a parameter after `#/`.")
    code = serializers.CharField(help_text="Stays the same in every language and version.")
    detail = serializers.CharField(help_text="A sentence in the language that you asked for.")


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
    """Adds to what a view says what holds for every view: errors, limits, repeated and conditional requests."""

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
            answer: dict[str, Any] = {"description": WHEN[status]}
            if status != HTTPStatus.NOT_MODIFIED:
                example = problem(status, MESSAGES.get(status, ""))
                answer["content"] = {problem_type(self.path): {"schema": problem_schema, "example": example}}
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
            operation["responses"].setdefault(str(status), answer)
        for status, answer in operation["responses"].items():
            if not answer.get("description"):
                answer["description"] = HTTPStatus(int(status)).phrase
            if status.startswith("2"):
                answer.setdefault("headers", {}).update(_LIMITS | (_TAG if conditional and status != "204" else {}))
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
        return errors | self.view.errors_besides


_LIMITS = {
    name: {"schema": {"type": "string"}, "description": text}
    for name, text in {
        "X-RateLimit-Limit": "Requests in one window of the limit that is closest to its end.",
        "X-RateLimit-Remaining": "Requests that are left in it.",
        "X-RateLimit-Reset": "Seconds until the next window.",
    }.items()
}
_TAG = {"ETag": {"schema": {"type": "string"}, "description": "Changes whenever the answer does."}}


def _header(name: str, text: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "schema": {"type": "string"}, "description": text}


_KEY = _header(
    "Idempotency-Key",
    "1 to 255 visible ASCII characters that you make up: a request that is sent again with it is answered as the "
    "first time, for 24 hours.",
)
_IF_NONE_MATCH = _header("If-None-Match", "The `ETag` of what you have: 304 when it is still so.")
_IF_MATCH = _header("If-Match", "The `ETag` of what you read: nothing is written when it has changed since.")

BY_NUMBER = [
    OpenApiParameter("page", str, description="Which page, from 1 on, which anything but a number means too."),
    OpenApiParameter(
        "per_page",
        str,
        description=f"Entries on a page, {PER_PAGE} unless it is another number, and {MAX_PER_PAGE} at most.",
    ),
]
ID = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
BY_CURSOR = [
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT},
        description="Entries in the answer.",
    ),
    OpenApiParameter("before", ID, description="Only what is older than the entry with this id."),
    OpenApiParameter("after", ID, description="Only what is newer than that, the oldest of it. Not with `before`."),
]


class PageMetaSerializer(serializers.Serializer):
    page = serializers.IntegerField()
    per_page = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    total_items = serializers.IntegerField()


class ListMetaSerializer(serializers.Serializer):
    limit = serializers.IntegerField()


def numbered(of: type[serializers.Serializer]) -> serializers.Serializer:
    """Describe a page of a list that is cut by number."""
    return envelope(of, "Page", PageMetaSerializer)  # type: ignore[arg-type] # a class is hashable


def cursored(of: type[serializers.Serializer]) -> serializers.Serializer:
    """Describe a part of a list that is cut by id."""
    return envelope(of, "List", ListMetaSerializer)  # type: ignore[arg-type] # a class is hashable


@cache
def envelope(
    of: type[serializers.Serializer], kind: str, meta: type[serializers.Serializer]
) -> serializers.Serializer:
    """Describe a list of a kind, with what is said about it as a whole."""
    name = of.__name__.removesuffix("Serializer") + kind
    return inline_serializer(name, {"items": of(many=True), "_meta": meta(), "_links": LinksSerializer()})


class LimitsSerializer(serializers.Serializer):
    post_characters = serializers.IntegerField()
    message_characters = serializers.IntegerField()
    about_me_characters = serializers.IntegerField()
    entries = serializers.IntegerField(help_text="The most that `limit` and `per_page` may be.")
    body_bytes = serializers.IntegerField()
    token_seconds = serializers.IntegerField(help_text="For how long a new token works when nothing else is said.")


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
    """Return an example of a page with these entries."""
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
    answers: dict[int, tuple[Any, Any]],
    *,
    takes: tuple[Any, Any] | None = None,
    parameters: Iterable[OpenApiParameter] = (),
) -> Callable[[Any], Any]:
    """
    Describe what one method of a view does; the rest of the description is its docstring.

    `answers` has for each status what is answered, None for nothing, and an example; `takes` the same of the body.
    """
    examples = [
        OpenApiExample(f"{name}_{status}", value=example, response_only=True, status_codes=[str(status)])
        for status, (_of, example) in answers.items()
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
            for status, (of, _example) in answers.items()
        },
        parameters=list(parameters),
        examples=examples,
    )


@cache
def described() -> dict[str, Any]:
    """Return the whole description, made once in a process."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema
