"""What a suspended person may still do."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from microblog.core.performance.urls import cached_reverse

# Read why, answer, take one's data along, leave, sign out; and choose how these pages look.
OPEN_TO_THE_SUSPENDED = {
    *("moderation:suspended", "moderation:decisions", "moderation:decision"),
    *("accounts:leave", "accounts:come_back", "account_logout"),
    *("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *(
        "exports:exports",
        "exports:export_posts",
        "exports:export_progress",
        "exports:cancel_export",
        "exports:download_export",
    ),
    *("accounts:theme", "accounts:language", "accounts:avatar", "about", "status"),
}


class SuspensionMiddleware:
    """Lead a suspended person from every other page to the one that says why."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        user = request.user
        if not user.is_authenticated or user.suspended_at is None:
            return None
        if request.resolver_match.view_name in OPEN_TO_THE_SUSPENDED:
            return None
        if request.htmx:
            return HttpResponseClientRedirect(cached_reverse("moderation:suspended"))
        return redirect("moderation:suspended")
