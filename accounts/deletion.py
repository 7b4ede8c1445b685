"""Deletion of accounts."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from accounts.signals import account_leaving
from audit.services import record


@transaction.atomic
def delete_account_slice(user: User) -> bool:
    """
    Delete a batch of a user's rows, and finally the user; return whether more is left.

    Follows and posts of a closed account are not counted, so no counter changes. Each batch is a transaction of its
    own; the username stays reserved.
    """
    counts = account_leaving.send(sender=User, user=user)
    if any(count for _receiver, count in counts):
        return True
    record("account.delete", actor="the site", target=user)
    user.delete()
    return False
