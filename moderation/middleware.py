"""Restrict suspended users."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from microblog.core.sign_in import redirect_page

# Views to read the reason, appeal, export data, delete the account, sign out, and change the display.
ALLOWED_WHILE_SUSPENDED = {
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
    """Redirect suspended users from all other pages to the one with the reason."""

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
        if request.resolver_match.view_name in ALLOWED_WHILE_SUSPENDED:
            return None
        return redirect_page(request, redirect("moderation:suspended"))
