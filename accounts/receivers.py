"""Receivers of confirmed email addresses."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, password_reset
from django.dispatch import receiver

from accounts.models import User
from accounts.services import confirm_current_email, publish_about_me


@receiver(email_confirmed, dispatch_uid="accounts.publish_about_me")
def publish_profile(email_address: EmailAddress, **kwargs: Any) -> None:
    """Publish the text that the user wrote before the email address was confirmed."""
    publish_about_me(email_address.user)


@receiver(password_reset, dispatch_uid="accounts.confirm_current_email")
def confirm_email_of_reset(user: User, **kwargs: Any) -> None:
    """Mark the email address as confirmed: the link of the reset was mailed to it."""
    confirm_current_email(user)
