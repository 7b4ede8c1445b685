"""What relationships do when something happens to accounts."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import visibility_changed
from relationships.tasks import recount_neighbours


@receiver(visibility_changed, dispatch_uid="relationships.recount_neighbours")
def count_after_visibility(user: User, **kwargs: Any) -> None:
    """Count the follows again of those who follow a user, or whom the user follows."""
    recount_neighbours.enqueue(user.pk, 0)
