"""Probes, metrics, the status page and well-known URLs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from microblog.core.site_urls import absolute_url
from operations import health
from operations.access import can_see_details
from operations.health import State
from operations.metrics import exposition

# Seconds for which findings are reused, so that frequent requests cost little.
PROBE_MAX_AGE = 2
# RFC 9116 recommends less than a year.
SECURITY_TXT_DAYS = 180


@require_safe
@never_cache
@login_not_required
def livez(request: HttpRequest) -> HttpResponse:
    """Return 200 while this process serves requests, whatever else is unavailable."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Return 200 when pages can be served, else 503; with details for staff and monitors with the token."""
    found = health.findings(max_age=PROBE_MAX_AGE)
    state = health.worst(found)
    content: dict[str, Any] = {"status": state}
    if can_see_details(request):
        content["components"] = {
            finding.component.name: {
                "status": finding.state,
                "milliseconds": finding.milliseconds,
                **({"error": finding.error} if finding.error else {}),
                **finding.details,
            }
            for finding in found
        }
    response = JsonResponse(content, status=503 if state == State.FAILED else 200)
    if state == State.FAILED:
        response["Retry-After"] = str(health.WATCH_SECONDS)
    return response


@require_safe
@never_cache
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics to monitors with the token and to staff."""
    if can_see_details(request):
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
    if getattr(request, "user", None) is not None and request.user.is_authenticated:
        raise PermissionDenied
    return HttpResponse(
        "Staff, or a monitor with MONITORING_TOKEN, may read this.\n",
        content_type="text/plain; charset=utf-8",
        status=401,
        headers={"WWW-Authenticate": "Bearer"},
    )


# Handled before sessions for requests without one: see middleware.observe.
PROBES = {"livez": livez, "readyz": readyz, "metrics": metrics}


@require_safe
@never_cache
@login_not_required
def status(request: HttpRequest) -> HttpResponse:
    """Show the state of the components in plain words."""
    found = health.findings(max_age=health.WATCH_SECONDS)
    shown = [finding for finding in found if finding.component.label and finding.state != State.OFF]
    return render(request, "operations/status.html", {"findings": shown, "state": health.worst(shown)})


@require_safe
@login_not_required
def security_txt(request: HttpRequest) -> HttpResponse:
    """Return the contact for reports of vulnerabilities (RFC 9116)."""
    contact = settings.SECURITY_CONTACT
    if not contact:
        raise Http404("SECURITY_CONTACT is not set.")
    if "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    expires = timezone.now() + timedelta(days=SECURITY_TXT_DAYS)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT00:00:00Z}",
        f"Preferred-Languages: {', '.join(code for code, _name in settings.LANGUAGES)}",
    ]
    if settings.SITE_URL:
        lines.append(f"Canonical: {absolute_url('security_txt')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@login_not_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Redirect password managers to the form that changes the password."""
    return redirect("account_change_password")


@require_safe
@login_not_required
def robots_txt(request: HttpRequest) -> HttpResponse:
    """Allow crawlers only on the blog, and on pages without user content."""
    context = {"sitemap": absolute_url("sitemap")}
    return render(request, "operations/robots.txt", context, content_type="text/plain; charset=utf-8")
