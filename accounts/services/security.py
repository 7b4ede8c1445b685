"""How people are signed in, how that ends, and the log of it that they read."""

from __future__ import annotations

from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from accounts import tasks
from accounts.devices import Origin
from accounts.models import SecurityEvent, User
from microblog.core.sessions import SessionStore

Kind = SecurityEvent.Kind

NOWHERE = Origin()
# What a person gets a mail about. Changes of password and address have mails of their own.
MAILED = {
    Kind.NEW_DEVICE,
    Kind.TOTP_ADDED,
    Kind.TOTP_REMOVED,
    Kind.PASSKEY_ADDED,
    Kind.PASSKEY_REMOVED,
    Kind.CODES_MADE,
    Kind.CODE_USED,
    Kind.SECOND_FACTOR_RESET,
    Kind.CLOSED_SIGN_IN,
    Kind.RESTORED,
    Kind.TOKEN_MADE,
}


@transaction.atomic
def list_session(user: User, *, stored_key: str, origin: Origin) -> None:
    """Add a session to the list of a user's sessions, and drop those that are over. Repeating it is harmless."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    UserSession.objects.filter(user=user).exclude(session_key__in=live).delete()
    facts = {"user": user, "last_seen_at": timezone.now(), **origin._asdict()}
    UserSession.objects.update_or_create(session_key=stored_key, defaults=facts)


@transaction.atomic
def end_sessions(user: User, *, except_session: str = "", origin: Origin = NOWHERE) -> int:
    """Sign a person out everywhere, but for the session with this stored key; return how many sessions ended."""
    ending = UserSession.objects.filter(user=user).exclude(session_key=except_session)
    ended = _end(list(ending.values_list("session_key", flat=True)))
    if ended:
        record_security_event(user, Kind.SESSIONS_ENDED, origin=origin)
    return ended


@transaction.atomic
def end_session(session: UserSession, *, origin: Origin) -> None:
    """Sign a person out where this session is used. Repeating it is harmless."""
    if _end([session.session_key]):
        record_security_event(session.user, Kind.SESSION_ENDED, origin=origin)


def _end(keys: list[str]) -> int:
    """Delete sessions, and return how many of them were still in use."""
    ended: int = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).delete()[0]
    UserSession.objects.filter(session_key__in=keys).delete()
    return ended


def keep_sessions(user: User) -> None:
    """
    Let the sessions of a person go on after their password was changed, which would end them.

    For those who chose so; to be called in the transaction of the change.
    """
    keys = UserSession.objects.filter(user=user).values("session_key")
    for session in Session.objects.filter(session_key__in=keys):
        data = session.get_decoded()
        if HASH_SESSION_KEY in data:
            data[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.session_data = SessionStore().encode(data)
            session.save(update_fields=["session_data"])


@transaction.atomic
def record_security_event(
    user: User | None, kind: SecurityEvent.Kind, *, origin: Origin = NOWHERE, detail: str = ""
) -> SecurityEvent:
    """
    Write down what concerns the safety of an account, for its owner to read, and mail them what must not pass unseen.

    `user` is None for a failed sign-in to no account, which costs the same write, so that the time of the answer
    does not tell whether there is one. `detail` says which of several, such as the name of a passkey.
    """
    event = SecurityEvent.objects.create(user=user, kind=kind, detail=detail[:100], **origin._asdict())
    if user and kind in MAILED:
        tasks.send_security_notice.enqueue(event.pk)
    return event


def delete_expired_sessions() -> None:
    """Delete sessions that have expired."""
    SessionStore.clear_expired()


def delete_old_security_events() -> None:
    """Delete what was written down more than SECURITY_LOG_DAYS ago."""
    kept_from = timezone.now() - timedelta(days=settings.SECURITY_LOG_DAYS)
    SecurityEvent.objects.filter(created_at__lt=kept_from).delete()


@transaction.atomic
def spend_code(authenticator: Authenticator, counter: int) -> bool:
    """
    Use up the authenticator app's code of a moment and all before it; return False when that happened before.

    The row is locked and remembers it, so that a code serves once however many processes serve the site.
    """
    authenticator = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    if counter <= authenticator.data.get("last_counter", -1):
        return False
    authenticator.data["last_counter"] = counter
    authenticator.save(update_fields=["data"])
    return True
