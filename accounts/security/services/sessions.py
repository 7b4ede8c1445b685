"""The list of a user's sessions, and their end."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.security.devices import NO_ORIGIN, Origin
from accounts.security.models import SecurityEvent
from accounts.security.services.events import record_security_event
from accounts.security.services.tokens import revoke_tokens
from audit.services import record
from microblog.core.sessions import SessionStore

Kind = SecurityEvent.Kind


@transaction.atomic
def list_session(user: User, *, stored_key: str, origin: Origin) -> None:
    """Add a session to the list of a user's sessions, and remove expired ones. Repeating it is harmless."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    UserSession.objects.filter(user=user).exclude(session_key__in=live).delete()
    facts = {"user": user, "last_seen_at": timezone.now(), **origin._asdict()}
    UserSession.objects.update_or_create(session_key=stored_key, defaults=facts)


@transaction.atomic
def end_sessions(user: User, *, except_session: str = "", origin: Origin = NO_ORIGIN) -> int:
    """End all sessions of a user except the one with this stored key; return how many ended."""
    ending = UserSession.objects.filter(user=user).exclude(session_key=except_session)
    ended = _end(list(ending.values_list("session_key", flat=True)))
    if ended:
        record_security_event(user, Kind.SESSIONS_ENDED, origin=origin)
    return ended


@transaction.atomic
def end_session(session: UserSession, *, origin: Origin) -> None:
    """End a session. Repeating it is harmless."""
    if _end([session.session_key]):
        record_security_event(session.user, Kind.SESSION_ENDED, origin=origin)


def _end(keys: list[str]) -> int:
    """Delete sessions, and return how many of them had not expired."""
    ended: int = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).delete()[0]
    UserSession.objects.filter(session_key__in=keys).delete()
    return ended


def keep_sessions(user: User) -> None:
    """
    Keep the sessions of a user valid after a change of password, which would otherwise end them.

    Call it in the transaction of the change.
    """
    keys = UserSession.objects.filter(user=user).values("session_key")
    for session in Session.objects.filter(session_key__in=keys):
        data = session.get_decoded()
        if HASH_SESSION_KEY in data:
            data[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.session_data = SessionStore().encode(data)
            session.save(update_fields=["session_data"])


def delete_expired_sessions() -> None:
    SessionStore.clear_expired()


@transaction.atomic
def sign_out_everywhere(user: User, *, actor: User | str, reason: str = "") -> None:
    """End all sessions and revoke all tokens of a user, on behalf of an operator or staff."""
    end_sessions(user)
    revoke_tokens(user)
    record("account.end_sessions", actor=actor, target=user, reason=reason)
