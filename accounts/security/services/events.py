"""The log of what concerns the safety of accounts, and the mails about it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.security import tasks
from accounts.security.devices import NO_ORIGIN, Origin
from accounts.security.models import SecurityEvent

Kind = SecurityEvent.Kind
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
def record_security_event(
    user: User | None, kind: SecurityEvent.Kind, *, origin: Origin = NO_ORIGIN, detail: str = ""
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


def delete_old_events() -> None:
    """Delete what was written down more than SECURITY_LOG_DAYS ago."""
    kept_from = timezone.now() - timedelta(days=settings.SECURITY_LOG_DAYS)
    SecurityEvent.objects.filter(created_at__lt=kept_from).delete()
