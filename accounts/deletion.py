"""The end of an account."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.signals import account_leaving
from audit.services import record


@transaction.atomic
def delete_account_slice(user: User) -> bool:
    """
    Delete a slice of what belongs to a person, and in the end the person; return whether more is left.

    The follows and posts of somebody closed count for nobody, so that no counter moves. Each slice is a transaction
    of its own; the name stays reserved.
    """
    counts = account_leaving.send(sender=User, user=user)
    if any(count for _receiver, count in counts):
        return True
    record("account.delete", actor="the site", target=user)
    user.delete()
    return False
