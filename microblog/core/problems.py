"""Bodies of errors: problem details (RFC 9457) that still carry `error` and `message`, as clients expect them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from microblog.core.requests import request_id

# Prefixes of the original URLs, whose clients do not know problem details.
ORIGINAL_PATHS = ("/api/users", "/api/tokens")


def problem(
    status: int, message: str = "", errors: list[dict[str, str]] | None = None, instance: str = ""
) -> dict[str, Any]:
    """Return the body of an error; `type` is the URL of its documentation."""
    phrase = HTTPStatus(status).phrase
    body: dict[str, Any] = {"type": f"/api/docs#error-{int(status)}", "title": phrase, "status": int(status)}
    if message:
        body["detail"] = message
    body |= {"instance": instance, "request_id": request_id.get()} if instance else {}
    body["error"] = phrase
    if message:
        body["message"] = message
    if errors:
        body["errors"] = errors
    return body


def problem_type(path: str) -> str:
    """Return the media type of errors at a path."""
    return "application/json" if path.startswith(ORIGINAL_PATHS) else "application/problem+json"
