"""Middleware that limits the lifetime of sessions, and requires a second factor of staff."""

import time
from collections.abc import Callable
from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from microblog.core.allauth_internals import get_authentication_records, record_authentication
from microblog.core.performance.urls import cached_reverse
from microblog.core.sign_in import redirect_to_sign_in

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def session_lifetime(get_response: GetResponse) -> GetResponse:
    """End a session SESSION_MAX_DAYS after its sign-in, however often it is used."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            records = get_authentication_records(request, request.user)
            longest = timedelta(days=settings.SESSION_MAX_DAYS).total_seconds()
            if not records:
                # Older than the stamp of receivers.stamp_session(): its days count from now.
                record_authentication(request, request.user, "unknown")
            elif records[0]["at"] < time.time() - longest:
                logout(request)
                messages.info(request, _("You were signed in for a long time. Please sign in again."))
                return redirect_to_sign_in(request)
        return get_response(request)

    return middleware


def _staff_pages() -> tuple[str, ...]:
    return cached_reverse("admin:index"), cached_reverse("readyz"), cached_reverse("metrics")


def staff_second_factor(get_response: GetResponse) -> GetResponse:
    """Require a second factor in the session for pages of staff; redirect staff without one to set it up."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not (settings.STAFF_SECOND_FACTOR and request.user.is_staff and request.path.startswith(_staff_pages())):
            return get_response(request)
        if not is_mfa_enabled(request.user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
            messages.warning(request, _("Set up an authenticator app or a passkey to open the administration."))
            return redirect("security:overview")
        if all(record["method"] != "mfa" for record in get_authentication_records(request, request.user)):
            return redirect_to_sign_in(request, cached_reverse("mfa_reauthenticate"))
        return get_response(request)

    return middleware
