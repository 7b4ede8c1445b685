"""Pictures of users."""

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
    """Draw a person's picture from their id alone: it costs no query and tells nothing."""
    # Clients of the API show it on pages of their own.
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(identicon(str(pk)), content_type="image/svg+xml", headers=headers)
