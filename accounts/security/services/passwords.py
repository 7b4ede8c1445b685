"""Replacement of passwords, which ends former access."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User
from accounts.passwords import normalize_password
from accounts.security import tasks
from accounts.security.models import SecurityEvent
from accounts.security.services.events import record_security_event
from accounts.security.services.sessions import end_sessions
from accounts.security.services.tokens import revoke_tokens
from accounts.tasks import send_notice


@transaction.atomic
def replace_password(user: User, password: str) -> None:
    """
    Replace a user's password and revoke their tokens.

    For pages, which end or keep the sessions as the user chooses and log the origin of the request.
    """
    user.password = make_password(normalize_password(password))
    user.save(update_fields=["password"])
    revoke_tokens(user)


@transaction.atomic
def end_former_access(user: User) -> None:
    """End a user's sessions and tokens after code or a command replaced the password, and notify the user."""
    revoke_tokens(user)
    end_sessions(user)
    record_security_event(user, SecurityEvent.Kind.PASSWORD_CHANGED)
    send_notice.enqueue("password_changed", user.pk)


def enqueue_password_reset(email: str) -> None:
    """Enqueue the reset mail to an email address, or for an unknown one a job that takes the same time."""
    # The id alone: loading the whole row would take time that reveals that it exists.
    people = User.objects.by_email(email).exclude(deactivated_at__isnull=False, deletion_due_at=None)
    ids = people.values_list("pk", flat=True)
    tasks.send_password_reset.enqueue(ids.first() or 0)
