"""Drafts: what a user sent in a form after the session had ended, kept until they are back on its page."""

import re

from django.http import HttpRequest

# Characters kept of one form.
MAX_CHARACTERS = 10_000
_KEY = "draft"
# Credentials, which are never kept, and what the page of a form fills in by itself.
_NOT_KEPT = re.compile("password|code|token|secret|credential|_key|^(next|seen|upto)$", re.IGNORECASE)


def keep_draft(request: HttpRequest) -> None:
    """Keep what an anonymous visitor sent in a form, credentials apart, in place of an older draft."""
    fields: dict[str, str] = {}
    left = MAX_CHARACTERS
    for name, value in request.POST.items():
        if not _NOT_KEPT.search(name) and len(name) < left:
            fields[name] = str(value)[: left - len(name)]
            left -= len(name) + len(fields[name])
    if any(fields.values()):
        request.session[_KEY] = {"path": request.path, "fields": fields}


def has_draft(request: HttpRequest) -> bool:
    """Tell whether a draft was kept for the form at this path."""
    return bool(request.session.get(_KEY, {}).get("path") == request.path)


def take_draft(request: HttpRequest) -> dict[str, str]:
    """
    Return the draft of the form at this very path, by field names: what was meant for one is not shown in public.

    A form that is sent returns its values itself: its draft is forgotten.
    """
    if not has_draft(request):
        return {}
    if request.method == "POST":
        forget_draft(request)
        return {}
    fields: dict[str, str] = request.session[_KEY]["fields"]
    return fields


def forget_draft(request: HttpRequest) -> None:
    request.session.pop(_KEY, None)
