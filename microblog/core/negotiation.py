"""What a client says it accepts."""

from django.http import HttpRequest
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header


def prefers_json(request: HttpRequest) -> bool:
    """Return whether a client likes JSON at least as much as HTML, as one does that accepts neither."""
    return _quality(request, "application/json") >= _quality(request, "text/html")


def _quality(request: HttpRequest, media_type: str) -> float:
    accepted = request.accepted_type(media_type)
    return accepted.quality if accepted else 0


def accepted_language(request: HttpRequest) -> str:
    """Return the language of the site that a request names first, '' where it names none of them."""
    for name, _quality_of_name in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return get_supported_language_variant(name)
        except LookupError:
            continue
    return ""
