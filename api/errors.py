"""Errors of the API: problem details (RFC 9457) that still carry `error` and `message`, as clients expect them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils.encoding import force_str
from rest_framework import exceptions
from rest_framework.response import Response

from microblog.core.exceptions import DomainError
from microblog.core.problems import problem, problem_type


class Refused(exceptions.APIException):
    """Refuse the request; `message` gives the reason, in English for developers of clients."""

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST, headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.message = message
        self.status_code = status
        self.headers = headers or {}


def handle_exception(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the response to an exception of a view; None for an unexpected one, which Django reports."""
    status, message, headers = _describe(error)
    if status is None:
        return None
    errors = list(_field_errors(error))
    if errors and not message:
        message = "some values are not accepted, see errors"
    path = context["request"].path
    body = problem(status, message, errors, path)
    return Response(body, status=status, headers=headers, content_type=problem_type(path))


def _describe(error: Exception) -> tuple[int | None, str, dict[str, str]]:  # noqa: PLR0911 - one for each kind
    match error:
        case Http404():
            return HTTPStatus.NOT_FOUND, "", {}
        case PermissionDenied():
            return HTTPStatus.FORBIDDEN, "", {}
        case DomainError() | DjangoValidationError() | exceptions.ValidationError():
            return HTTPStatus.BAD_REQUEST, "", {}
        case Refused():
            return error.status_code, error.message, dict(error.headers)
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return HTTPStatus.UNAUTHORIZED, "", {"WWW-Authenticate": getattr(error, "auth_header", "Bearer")}
        case exceptions.Throttled():
            wait = str(int(error.wait or 1))
            return HTTPStatus.TOO_MANY_REQUESTS, f"too many requests, try again in {wait} s", {"Retry-After": wait}
        case (
            exceptions.MethodNotAllowed()
            | exceptions.UnsupportedMediaType()
            | exceptions.ParseError()
            | exceptions.PermissionDenied()
        ):
            return error.status_code, force_str(error.detail), {}
        case exceptions.APIException():
            return error.status_code, "", {}
    return None, "", {}


def _field_errors(error: Exception) -> Iterator[dict[str, str]]:
    """Yield the error of each field: its pointer in the body, a stable code and a translated sentence."""
    if isinstance(error, DomainError):
        pointer = f"#/{error.field}" if error.field else "#"
        yield {"pointer": pointer, "code": "refused", "detail": force_str(error.message)}
    elif isinstance(error, DjangoValidationError):
        for detail in error.error_list:
            yield {"pointer": "#", "code": detail.code or "invalid", "detail": detail.messages[0]}
    elif isinstance(error, exceptions.ValidationError):
        yield from _walk(error.detail, "#")


def _walk(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _walk(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(detail, list):
        for inner in detail:
            yield from _walk(inner, pointer)
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", "invalid"), "detail": force_str(detail)}
