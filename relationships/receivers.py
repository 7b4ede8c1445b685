"""Receivers of the signals of accounts."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import visibility_changed
from relationships.tasks import recount_neighbours


@receiver(visibility_changed, dispatch_uid="relationships.recount_neighbours")
def count_after_visibility(user: User, **kwargs: Any) -> None:
    """Enqueue a recount of the followers of a user and of the users they follow."""
    recount_neighbours.enqueue(user.pk, 0)
