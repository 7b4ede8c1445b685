"""How people are signed in, and how that ends."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from accounts.models import User


@transaction.atomic
def end_sessions(user: User, *, except_session_key: str | None = None) -> int:
    """Sign a person out everywhere, but for the session with this key; return how many sessions ended."""
    ending = UserSession.objects.filter(user=user).exclude(session_key=except_session_key or "")
    Session.objects.filter(session_key__in=list(ending.values_list("session_key", flat=True))).delete()
    ended: int = ending.delete()[0]
    return ended
