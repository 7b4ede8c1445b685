"""What posts do when something happens to accounts."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving
from posts.services import delete_posts_of


@receiver(account_leaving, dispatch_uid="posts.delete_posts")
def delete_posts(user: User, **kwargs: Any) -> int:
    """Delete a slice of the posts of somebody who leaves."""
    return delete_posts_of(user)
