"""What follows when an email address is confirmed or a password is set."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.dispatch import receiver

from accounts.models import User
from accounts.services import end_former_access, publish_about_me
from accounts.signals import password_set


@receiver(email_confirmed, dispatch_uid="accounts.publish_about_me")
def publish_profile(email_address: EmailAddress, **kwargs: Any) -> None:
    """Let others read what a user wrote before the email address was confirmed."""
    publish_about_me(email_address.user)


@receiver(password_set, dispatch_uid="accounts.end_former_access")
def note_password_set(user: User, **kwargs: Any) -> None:
    """End what the former password opened."""
    end_former_access(user)
