"""Settings: second factors, passkeys, sessions and the security log."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.security.devices import origin_of
from accounts.security.services import end_session, end_sessions, list_session, revoke_tokens
from microblog.core.pagination import paginate

# Newest events shown on the overview.
RECENT_EVENTS = 5


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show second factors, passkeys, sessions and recent security events."""
    sessions = list(_live_sessions(request.user))
    key = request.session.stored_key
    if all(session.session_key != key for session in sessions):
        # Older than the list of sessions.
        list_session(request.user, stored_key=key, origin=origin_of(request))
        sessions = list(_live_sessions(request.user))
    factors = Authenticator.objects.filter(user=request.user).order_by("pk")
    by_type = {kind: [factor.wrap() for factor in factors if factor.type == kind] for kind in Authenticator.Type}
    codes = next(iter(by_type[Authenticator.Type.RECOVERY_CODES]), None)
    context = {
        "totp": next(iter(by_type[Authenticator.Type.TOTP]), None),
        "passkeys": by_type[Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.get_unused_codes()) if codes else None,
        "sessions": sorted(sessions, key=lambda session: session.session_key != key),
        "current_key": key,
        "events": request.user.security_events.order_by("-pk")[:RECENT_EVENTS],
    }
    return render(request, "security/overview.html", context)


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """List the account's security events, newest first."""
    events = request.user.security_events.all()
    page = paginate(request, lambda cursor: cursor.window(events), size=settings.POSTS_PER_PAGE)
    return render(request, "security/log.html", {"page": page, "days": settings.SECURITY_LOG_DAYS})


@require_POST
@reauthentication_required
def end_one_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the user's other sessions."""
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.stored_key)
    if session := others.filter(pk=pk).first():
        end_session(session, origin=origin_of(request))
    messages.success(request, _("That device is signed out."))
    return redirect("security:overview")


@require_POST
@reauthentication_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all other sessions, and revoke the API tokens too if the user chose that."""
    origin = origin_of(request)
    end_sessions(request.user, except_session=request.session.stored_key, origin=origin)
    if request.POST.get("tokens"):
        revoke_tokens(request.user, origin=origin)
        messages.success(request, _("You are signed out on all other devices, and your API tokens are revoked."))
    else:
        messages.success(request, _("You are signed out on all other devices."))
    return redirect("security:overview")


def _live_sessions(user: User) -> QuerySet[UserSession]:
    """Return a user's sessions that have not expired, most recently used first."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return UserSession.objects.filter(user=user, session_key__in=live).order_by("-last_seen_at", "-pk")
