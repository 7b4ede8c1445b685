"""Second factors: single-use codes, and the removal of factors that a user lost."""

from __future__ import annotations

import time

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.models import User
from accounts.security.models import SecurityEvent
from accounts.security.services.events import record_security_event
from audit.services import record


def code_counter() -> int:
    """Return the number of the current period; an authenticator app shows one code in each."""
    return int(time.time()) // app_settings.TOTP_PERIOD


@transaction.atomic
def consume_code(authenticator: Authenticator, counter: int) -> bool:
    """
    Consume the code of a period and all earlier ones; return False if it was consumed before.

    The row is locked and stores the counter, so that a code works once across all processes.
    """
    authenticator = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    if counter <= authenticator.data.get("last_counter", -1):
        return False
    authenticator.data["last_counter"] = counter
    authenticator.save(update_fields=["data"])
    return True


@transaction.atomic
def reset_second_factor(user: User, *, actor: User | str, reason: str = "") -> int:
    """Remove all second factors and passkeys of a user who lost them; return how many there were."""
    count: int = Authenticator.objects.filter(user=user).delete()[0]
    record_security_event(user, SecurityEvent.Kind.SECOND_FACTOR_RESET)
    record("account.reset_second_factor", actor=actor, target=user, reason=reason, before={"count": count})
    return count
