"""Redirects of whole pages: to sign in, and back."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from microblog.core.drafts import has_draft, keep_draft
from microblog.core.site_urls import is_site_path


def redirect_page(request: HttpRequest, response: HttpResponseRedirect) -> HttpResponse:
    """Return a redirect that redirects the whole page, also in the response to htmx for a fragment."""
    return HttpResponseClientRedirect(response.url) if _htmx(request) else response


def redirect_to_sign_in(request: HttpRequest, login_url: str | None = None) -> HttpResponse:
    """
    Redirect to the sign-in page, or to `login_url`, which redirects back to the page that the user was on.

    Keep a submitted form as a draft. A request by htmx redirects the whole page, which has the form.
    """
    keep_draft(request, unquote(urlsplit(_find_page(request)).path) if _htmx(request) else request.path)
    return redirect_page(request, redirect_to_login(_find_page(request), login_url))


def _find_page(request: HttpRequest) -> str:
    """Return the URL of the page that the user was on; the URL of a POST may not have a page."""
    if htmx := _htmx(request):
        path = htmx.current_url_abs_path
        return path if path and is_site_path(path) else "/"
    if request.method in ("GET", "HEAD") or has_draft(request):
        return request.get_full_path()
    return find_referring_page(request) or "/"


def find_referring_page(request: HttpRequest) -> str:
    """Return the path, with its query, of the page of the site that the request came from, or ''."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, request.get_host(), require_https=request.is_secure()):
        path = urlsplit(referer)._replace(scheme="", netloc="", fragment="").geturl()
        if is_site_path(path):
            return path
    return ""


def _htmx(request: HttpRequest) -> HtmxDetails:
    return request.htmx  # type: ignore[attr-defined] # set by django_htmx's middleware
