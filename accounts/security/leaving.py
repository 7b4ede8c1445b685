"""Sign-in to an account that is to be deleted: its owner may restore it or export data, for some minutes."""

from __future__ import annotations

import time

from allauth.account.adapter import get_adapter
from allauth.account.stages import LoginStage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.security.devices import origin_of
from accounts.security.models import SecurityEvent
from accounts.security.services import record_security_event

SESSION_KEY = "leaving"
SECONDS = 15 * 60


class LeavingStage(LoginStage):
    """The last stage of a sign-in: refuse closed accounts, and offer to restore those that are to be deleted."""

    key = "leaving"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if user is None or user.is_active:
            return None, True
        if not user.is_leaving:
            return get_adapter().respond_user_inactive(self.request, user), False
        session = self.request.session
        session.cycle_key()
        session[SESSION_KEY] = {"user": user.pk, "at": time.time(), "hash": user.get_session_auth_hash()}
        record_security_event(user, SecurityEvent.Kind.CLOSED_SIGN_IN, origin=origin_of(self.request))
        return redirect("accounts:come_back"), False


def leaving_user(request: HttpRequest) -> User | None:
    """Return the user to be deleted that signed in with this session in the last SECONDS, or None."""
    leaving = request.session.get(SESSION_KEY)
    if leaving is None or time.time() - leaving["at"] > SECONDS:
        return None
    user = User.objects.filter(pk=leaving["user"]).first()
    if user and user.is_leaving and constant_time_compare(leaving["hash"], user.get_session_auth_hash()):
        return user
    return None
