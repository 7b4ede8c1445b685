"""The security log of accounts, and its mails."""

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
# Events that are mailed. Changes of password and email address have mails of their own.
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
    Add an event to the security log, and enqueue a mail to the user for a kind in MAILED.

    `user` is None for a failed sign-in to an unknown account, which costs the same write, so that the response time
    does not reveal whether it exists. `detail` is a name such as that of a passkey, cut to 100 characters.
    """
    event = SecurityEvent.objects.create(user=user, kind=kind, detail=detail[:100], **origin._asdict())
    if user and kind in MAILED:
        tasks.send_security_notice.enqueue(event.pk)
    return event


def delete_old_events() -> None:
    """Delete the events older than SECURITY_LOG_DAYS."""
    kept_from = timezone.now() - timedelta(days=settings.SECURITY_LOG_DAYS)
    SecurityEvent.objects.filter(created_at__lt=kept_from).delete()
