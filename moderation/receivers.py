"""What cases do when something happens to accounts."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving
from moderation.services.cases import forget_appeals_of


@receiver(account_leaving, dispatch_uid="moderation.forget_appeals")
def forget_appeals(user: User, **kwargs: Any) -> int:
    """Delete the words of the appeals of a user whose account is being deleted."""
    return forget_appeals_of(user)
