"""Drafts: text that was sent in a form after the session had ended, kept until the user is back on the page."""

import re

from django.http import HttpRequest

# Maximum characters of one draft: the longest entry of the blog, and its other fields.
MAX_CHARACTERS = 110_000
_KEY = "draft"
# Credentials, which are never kept, and hidden fields that the page fills in.
_NOT_KEPT = re.compile("password|code|token|secret|credential|_key|^(next|seen|upto)$", re.IGNORECASE)


def keep_draft(request: HttpRequest, path: str) -> None:
    """
    Keep the fields of a form that an anonymous visitor sent, except credentials, in place of an older draft.

    `path` is that of the page with the form.
    """
    fields: dict[str, str] = {}
    left = MAX_CHARACTERS
    for name, value in request.POST.items():
        if not _NOT_KEPT.search(name) and len(name) < left:
            fields[name] = str(value)[: left - len(name)]
            left -= len(name) + len(fields[name])
    if any(fields.values()):
        request.session[_KEY] = {"path": path, "fields": fields}


def has_draft(request: HttpRequest) -> bool:
    """Return whether there is a draft for the form at this path."""
    return bool(request.session.get(_KEY, {}).get("path") == request.path)


def take_draft(request: HttpRequest) -> dict[str, str]:
    """
    Return the draft of the form at exactly this path, by field names: private text never appears in a public form.

    A POST has its own values: it deletes the draft.
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
