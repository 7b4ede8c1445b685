"""What a request accepts; and its id, which its log records, error page, jobs and mails share."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

request_id: ContextVar[str] = ContextVar("request_id", default="-")

# In `META` of requests for a copy of public pages as files; no client can send it, as it could a header.
FROZEN = "FROZEN"
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")


def get_request_id(request: HttpRequest) -> str:
    """Return the id that a trusted proxy has assigned to the request, or a new one."""
    given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
    return given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


def current_request_id() -> str:
    """Return the id of the current request, or ''."""
    return request_id.get().strip("-")


@contextmanager
def use_request_id(given: str) -> Iterator[None]:
    """Use the id of a request, or a new one, for the block."""
    token = request_id.set(given or uuid.uuid4().hex)
    try:
        yield
    finally:
        request_id.reset(token)


def is_frozen(request: HttpRequest) -> bool:
    """Return whether the page is for a copy as files, which has no session and loads nothing from other sites."""
    return FROZEN in request.META


def prefers_json(request: HttpRequest) -> bool:
    """Return whether a client prefers JSON to HTML, or has no preference."""
    return _quality(request, "application/json") >= _quality(request, "text/html")


def _quality(request: HttpRequest, media_type: str) -> float:
    accepted = request.accepted_type(media_type)
    return accepted.quality if accepted else 0


def accepted_language(request: HttpRequest) -> str:
    """Return the first of the site's languages in `Accept-Language`, or ''."""
    for name, _quality_of_name in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return get_supported_language_variant(name)
        except LookupError:
            continue
    return ""
