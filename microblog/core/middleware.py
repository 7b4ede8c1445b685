"""What every request passes through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import csp.middleware
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import middleware as auth_middleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from microblog.core import requests
from microblog.core.addresses import is_site_path
from microblog.core.unsent import keep_unsent

GetResponse = Callable[[HttpRequest], HttpResponseBase]
Redirect = HttpResponseRedirect | HttpResponseClientRedirect


class ContentSecurityPolicyMiddleware(csp.middleware.CSPMiddleware):
    """Tell browsers what a page may load, with the other hosts that this very page shows images from, and may do."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        answer: HttpResponseBase = super().process_response(request, response)
        return answer

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> csp.middleware.PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        hosts = getattr(request, "image_hosts", None)
        return replace(parts, update={"img-src": sorted(hosts)}) if hosts else parts


class LoginRequiredMiddleware(auth_middleware.LoginRequiredMiddleware):
    """Lead anonymous visitors of any page not marked `login_not_required` to sign in, and say why."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> Redirect:  # type: ignore[override] # htmx wants one of its own
        messages.info(request, _("Please log in to access this page."))
        keep_unsent(request)
        response = super().handle_no_permission(request, view_func)
        details: HtmxDetails = request.htmx  # type: ignore[attr-defined] # set by django_htmx's middleware
        if details:
            # A fragment cannot show the sign-in page: the whole page goes there, and comes back.
            current = details.current_url_abs_path or "/"
            if not is_site_path(current):
                current = "/"
            return HttpResponseClientRedirect(redirect_to_login(current, self.get_login_url(view_func)).url)
        return response


def request_id(get_response: GetResponse) -> GetResponse:
    """Give the request an id, for its log lines, its error page and its answer."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = requests.id_of(request)
        request.request_id = given  # type: ignore[attr-defined] # for RequestIdFilter
        token = requests.request_id.set(given)
        try:
            response = get_response(request)
            response["X-Request-ID"] = given
            return response
        finally:
            requests.request_id.reset(token)

    return middleware


def error_pages(get_response: GetResponse) -> GetResponse:
    """Give the empty answer to a wrong method a page that a person can read."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == 405 and isinstance(response, HttpResponse) and not response.content:
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    return middleware
