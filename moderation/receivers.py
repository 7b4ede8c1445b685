"""Receivers of signals of accounts."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving
from moderation.services.cases import delete_appeal_texts


@receiver(account_leaving, dispatch_uid="moderation.delete_appeals")
def delete_appeals(user: User, **kwargs: Any) -> int:
    """Delete the texts of appeals of a user that is being deleted."""
    return delete_appeal_texts(user)
