"""What monitors ask for, the status page, and the addresses that are the same on every site."""

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
from operations.access import may_see_details
from operations.health import State
from operations.metrics import exposition

# Seconds for which one look at the parts serves all who ask, so that asking often costs nothing.
PROBE_MAX_AGE = 2
# RFC 9116 wants less than a year; what was fetched today holds for half of one.
SECURITY_TXT_DAYS = 180


@require_safe
@never_cache
@login_not_required
def livez(request: HttpRequest) -> HttpResponse:
    """Answer that this process serves requests, whatever else is away."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when pages can be shown, else 503. Staff and monitors with the token read how each part does."""
    found = health.findings(max_age=PROBE_MAX_AGE)
    state = health.worst(found)
    content: dict[str, Any] = {"status": state}
    if may_see_details(request):
        content["parts"] = {
            finding.part.name: {
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
    """Answer Prometheus, or staff."""
    if may_see_details(request):
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
    if getattr(request, "user", None) is not None and request.user.is_authenticated:
        raise PermissionDenied
    return HttpResponse(
        "Staff, or a monitor with MONITORING_TOKEN, may read this.\n",
        content_type="text/plain; charset=utf-8",
        status=401,
        headers={"WWW-Authenticate": "Bearer"},
    )


# Answered before the session is looked for, where no browser asks: see middleware.observe.
PROBES = {"livez": livez, "readyz": readyz, "metrics": metrics}


@require_safe
@never_cache
@login_not_required
def status(request: HttpRequest) -> HttpResponse:
    """Say in plain words what works, and what works worse than usual."""
    found = health.findings(max_age=health.WATCH_SECONDS)
    shown = [finding for finding in found if finding.part.label and finding.state != State.OFF]
    return render(request, "operations/status.html", {"findings": shown, "state": health.worst(shown)})


@require_safe
@login_not_required
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say where to report a vulnerability (RFC 9116)."""
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
    """Lead password managers to the page where the password is changed."""
    return redirect("account_change_password")


@require_safe
@login_not_required
def robots_txt(request: HttpRequest) -> HttpResponse:
    """Name the pages that crawlers may read: those that are nobody's."""
    return render(request, "operations/robots.txt", content_type="text/plain; charset=utf-8")
