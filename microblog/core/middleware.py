"""Middleware of the whole site."""

from __future__ import annotations

from codecs import lookup
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import middleware as auth_middleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from microblog.core import requests
from microblog.core.performance.caching import cached
from microblog.core.sign_in import redirect_to_sign_in
from microblog.core.views import bad_request

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def security_headers(get_response: GetResponse) -> GetResponse:
    """Set the content security policy, with the hosts of images on this page, and the permissions policy."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Django's pages of errors for developers have styles of their own.
        if not (settings.DEBUG and response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR)):
            hosts = tuple(sorted(getattr(request, "image_hosts", ())))
            response.headers.setdefault("Content-Security-Policy", _content_security_policy(hosts))
        return response

    return middleware


@cached(256)
def _content_security_policy(image_hosts: tuple[str, ...]) -> str:
    return build_policy(update={"img-src": image_hosts})


class HTMLCompressionMiddleware(GZipMiddleware):
    """Compress only pages, so that responses of the API keep strong ETags, and downloads their length."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class LoginRequiredMiddleware(auth_middleware.LoginRequiredMiddleware):
    """Redirect anonymous visitors of any page not marked `login_not_required` to sign in, with a message."""

    def handle_no_permission(  # type: ignore[override] # htmx needs another kind of redirect
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponse:
        messages.info(request, _("Please log in to access this page."))
        return redirect_to_sign_in(request, self.get_login_url(view_func))


def assign_request_id(get_response: GetResponse) -> GetResponse:
    """Assign an id to the request, for its log records, error page and response."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = requests.get_request_id(request)
        request.request_id = given  # type: ignore[attr-defined] # for RequestIdFilter
        token = requests.request_id.set(given)
        try:
            response = get_response(request)
            response["X-Request-ID"] = given
            return response
        finally:
            requests.request_id.reset(token)

    return middleware


def require_utf8(get_response: GetResponse) -> GetResponse:
    """Refuse other encodings than UTF-8, in which a text could contain invalid characters, such as lone surrogates."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not _is_utf8((request.content_params or {}).get("charset", "utf-8")):
            return bad_request(request, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "text must be encoded in UTF-8")
        return get_response(request)

    return middleware


def _is_utf8(charset: str) -> bool:
    try:
        return lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False


def error_pages(get_response: GetResponse) -> GetResponse:
    """Render a page for 405 responses without content."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == 405 and isinstance(response, HttpResponse) and not response.content:
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    return middleware
