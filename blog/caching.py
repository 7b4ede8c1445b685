"""
Keep public pages of the blog for visitors without a session.

A page is kept under the name of the public blog's state, which changes in the transaction of a write, so that the next
request renders it again. The name is read before the page: what is kept is never older than it says.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import caches
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import Engine
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from blog.models import PublicState
from microblog.core.messages import HostCookieStorage
from microblog.core.requests import is_frozen

View = Callable[..., HttpResponse]

SECONDS = 600
# No user can write this tag into a text.
_TOKEN = re.compile(r'(<input type="hidden" name="csrfmiddlewaretoken" value=")[^"]*')


def cached_for_visitors(view: View) -> View:
    """Keep the pages of a view for SECONDS, each language and theme by itself; with a query string none is kept."""

    @wraps(view)
    def cached_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET or not _is_without_state(request):
            return view(request, *args, **kwargs)
        key = _key(request)
        kept = caches["pages"].get(key)
        if kept is None:
            response = view(request, *args, **kwargs)
            if response.status_code == 200:
                page = _TOKEN.sub(r"\1", response.content.decode())
                caches["pages"].set(key, [page, sorted(getattr(request, "image_hosts", []))], SECONDS)
        else:
            page, hosts = kept
            if hosts:
                request.image_hosts = set(hosts)  # type: ignore[attr-defined] # for the content security policy
            response = HttpResponse(_TOKEN.sub(lambda found: found[1] + get_token(request), page))
        patch_vary_headers(response, ["Cookie", "Accept-Language"])
        return response

    return cached_view


def change_public_state() -> None:
    """Let the next request of each page render it again; called in the transaction of the change."""
    changed_at = Greatest(F("changed_at") + timedelta(seconds=1), Value(timezone.now()))
    if not PublicState.objects.filter(pk=1).update(name=uuid.uuid4(), changed_at=changed_at):
        PublicState.objects.bulk_create([PublicState(pk=1)], ignore_conflicts=True)


def find_change_time() -> datetime | None:
    """Return when the public blog last changed, or None while another change could have the same time in seconds."""
    changed_at = PublicState.objects.values_list("changed_at", flat=True).first()
    return changed_at if changed_at and changed_at <= timezone.now() else None


def _is_without_state(request: HttpRequest) -> bool:
    return (
        not is_frozen(request)
        and not {settings.SESSION_COOKIE_NAME, HostCookieStorage.cookie_name} & request.COOKIES.keys()
    )


def _key(request: HttpRequest) -> str:
    """Return the name of everything that the page depends on."""
    context: dict[str, Any] = {}
    for processor in Engine.get_default().template_context_processors:
        context |= processor(request)
    parts = (
        PublicState.objects.values_list("name", flat=True).first(),
        request.build_absolute_uri(),
        get_language(),
        context["theme"],
        [str(consequence) for consequence in context["consequences"]],
        # Another version of the site has other styles and scripts.
        getattr(staticfiles_storage, "manifest_hash", ""),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()
