"""Avatars."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.avatars import identicon


@require_safe
@login_not_required
@cache_control(public=True, max_age=7 * 24 * 3600)
def avatar(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw a user's avatar from the id alone: it needs no query and reveals nothing."""
    # Clients of the API show it on other sites.
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(identicon(str(pk)), content_type="image/svg+xml", headers=headers)
