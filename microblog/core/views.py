"""Pages that belong to no app: About, and the error pages."""

import sys
from http import HTTPStatus

from allauth.account.utils import get_login_redirect_url
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from microblog.core.problems import problem, problem_type
from microblog.core.requests import prefers_json, request_id

# Form fields whose text is returned to the user; others, such as passwords, never are.
KEPT_FIELDS = ("body", "about_me")
SIGN_IN_PAGES = ("account_login", "account_signup", "mfa_authenticate", "mfa_login_webauthn")


@require_safe
@login_not_required
def about(request: HttpRequest) -> HttpResponse:
    """Show what the site is, who runs it, and its rules."""
    context = {
        "operator_contact": settings.OPERATOR_CONTACT,
    }
    return render(request, "about.html", context)


def _prefers_json(request: HttpRequest) -> bool:
    """Return whether the response to an error is JSON; always in the API."""
    return request.path.startswith("/api/") or prefers_json(request)


def _error_json(status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": status.phrase}, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return 404 for what does not exist or the visitor has no permission to see."""
    if _prefers_json(request):
        return _error_json(HTTPStatus.NOT_FOUND)
    return render(request, "404.html", status=HTTPStatus.NOT_FOUND)


def bad_request(request: HttpRequest, status: HTTPStatus, message: str) -> HttpResponse:
    """Return the response to a request that browsers never send; `message` is in English, for developers."""
    if _prefers_json(request):
        return JsonResponse(problem(status, message), status=status, content_type=problem_type(request.path))
    return HttpResponse(render_to_string("400.html"), status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return 500, rendered without the database, or 503 if the database is unavailable."""
    is_passing = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_passing else HTTPStatus.INTERNAL_SERVER_ERROR
    context = {
        "request_id": request_id.get(),
        "is_notified": settings.ERRORS_ARE_MAILED,
        "site_name": settings.SITE_NAME,
    }
    response: HttpResponse
    if _prefers_json(request):
        response = _error_json(status)
    else:
        # Without the request, which would load session and user from the database.
        response = HttpResponse(render_to_string(f"{status}.html", context), status=status)
    if is_passing:
        response["Retry-After"] = "30"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """
    Return the response to a form whose CSRF token is missing or expired, with the text that it contained.

    Signing in makes the token of another open sign-in page expire: its user, who is signed in, is redirected.
    """
    if request.user.is_authenticated and getattr(request.resolver_match, "view_name", None) in SIGN_IN_PAGES:
        return redirect(get_login_redirect_url(request))
    lost_text = next((request.POST[name] for name in KEPT_FIELDS if request.POST.get(name)), "")
    return render(request, "403_csrf.html", {"lost_text": lost_text}, status=403)
