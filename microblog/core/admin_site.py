"""The admin as a whole: its ways in and out are the site's own."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator

from microblog.core.performance.urls import cached_reverse

# The first is reached from Django's own change of password alone. The second leads any staff from the number of any
# row to a URL that names whom the row is about, without asking for a permission.
UNMOUNTED = {"password_change_done", "view_on_site"}


class AdminSite(admin.AdminSite):
    """Django's admin without views that repeat what the site does with rate limits, a log and mail."""

    site_header = site_title = "Microblog"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """List moderation first, for those who moderate: it is where something waits."""
        return sorted(super().get_app_list(request, app_label), key=lambda app: app["app_label"] != "moderation")

    def get_urls(self) -> list[Any]:
        return [entry for entry in super().get_urls() if getattr(entry, "name", None) not in UNMOUNTED]

    @login_not_required
    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().login(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Send the form of the admin's header on to the site's own page."""
        return redirect(cached_reverse("account_logout"), preserve_request=True)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect(cached_reverse("account_change_password"))
