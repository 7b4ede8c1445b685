"""Pages of exports: request, progress, cancellation and download."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling

from accounts.models import User
from accounts.security.leaving import leaving_user
from exports.downloads import send_file
from exports.services import cancel_export, request_export
from microblog.core.allauth_internals import is_reauthentication_required
from microblog.core.exceptions import DomainError
from microblog.core.performance.urls import cached_reverse
from microblog.core.sign_in import redirect_to_sign_in

# Exports that the page lists.
LISTED_EXPORTS = 10


def for_owner(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Pass a view the owner of the data: the signed-in user, or a user who is deleting the account."""

    @never_cache
    @login_not_required
    @wraps(view)
    def wrapper(request: HttpRequest, **arguments: object) -> HttpResponseBase:
        owner = request.user if request.user.is_authenticated else leaving_user(request)
        if owner is None:
            # A background request must not redirect the page.
            return HttpResponseStopPolling() if request.htmx else redirect_to_sign_in(request)
        return view(request, owner, **arguments)

    return wrapper


def is_session_too_old(request: HttpRequest) -> bool:
    """Return whether re-authentication is required: an archive includes all private messages."""
    # The session of a user who deletes their account lasts minutes anyway.
    return request.user.is_authenticated and is_reauthentication_required(request, app="")


@require_POST
@reauthentication_required(enabled=is_session_too_old)
@for_owner
def export_posts(request: HttpRequest, owner: User) -> HttpResponse:
    """Request an export, unless one is in progress."""
    if not ratelimit.consume(request, action="export", user=owner):
        messages.error(request, _("You have requested too many exports. Please try again tomorrow."))
    else:
        try:
            request_export(owner)
        except DomainError as error:
            messages.info(request, error.message)
    # Suspended and deactivated users have no profile to return to.
    return redirect("exports:exports" if owner.suspended_at or owner.deactivated_at else owner)


@require_safe
@for_owner
def exports(request: HttpRequest, owner: User) -> HttpResponse:
    """List the user's exports."""
    listed = owner.exports.order_by("-pk")[:LISTED_EXPORTS]
    context = {"person": owner, "exports": listed, "days": settings.EXPORT_DAYS}
    return render(request, "exports/exports.html", context)


@require_safe
@for_owner
def progress(request: HttpRequest, owner: User) -> HttpResponse:
    """Render the progress of the latest export as a fragment that polls while it is in progress."""
    return render(request, "exports/_export.html", {"export": owner.exports.order_by("-pk").first()})


@require_POST
@for_owner
def cancel(request: HttpRequest, owner: User, pk: int) -> HttpResponse:
    """Cancel the user's own export."""
    if cancel_export(get_object_or_404(owner.exports, pk=pk), actor=owner):
        messages.success(request, _("The export was cancelled."))
    return redirect("exports:exports")


@require_safe
@for_owner
def download(request: HttpRequest, owner: User, pk: int) -> HttpResponseBase:
    """Send an archive to its owner."""
    export = get_object_or_404(owner.exports, pk=pk)
    if not export.is_downloadable:
        raise Http404
    if is_session_too_old(request):
        # Return to the list: after a download the browser would stay on the page of re-authentication.
        return redirect_to_login(cached_reverse("exports:exports"), cached_reverse("account_reauthenticate"))
    return send_file(request, export.open(), name=export.download_name, etag=export.etag)
