"""Receivers of signals of accounts."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving
from blog.services import delete_publications_of


@receiver(account_leaving, dispatch_uid="blog.delete_publications")
def delete_publications(user: User, **kwargs: Any) -> int:
    """Delete a batch of the entries and snippets of a user whose account is being deleted."""
    return delete_publications_of(user)
