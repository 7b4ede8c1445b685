"""Other passwords, and what ends with the former one."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User
from accounts.passwords import normalize_password
from accounts.security.models import SecurityEvent
from accounts.security.services import end_sessions, record_security_event, revoke_tokens
from accounts.services.addresses import enqueue_notice


@transaction.atomic
def replace_password(user: User, password: str) -> None:
    """
    Give a user another password, which ends their tokens.

    For pages, which end or keep sessions as the user chooses and know where the request came from.
    """
    user.password = make_password(normalize_password(password))
    user.save(update_fields=["password"])
    revoke_tokens(user)


@transaction.atomic
def end_former_access(user: User) -> None:
    """End sessions and tokens of a user after code or a command set another password, and notify them."""
    revoke_tokens(user)
    end_sessions(user)
    record_security_event(user, SecurityEvent.Kind.PASSWORD_CHANGED)
    enqueue_notice("password_changed", user)
