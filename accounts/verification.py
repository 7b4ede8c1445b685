"""Verification of email addresses."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.models import User


def is_verification_mandatory() -> bool:
    """Tell whether an account can be used only once its email address is confirmed."""
    return settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"


def can_contact_others(user: User) -> bool:
    """Tell whether a user's texts may reach others: not while their email address is still to be confirmed."""
    return not is_verification_mandatory() or EmailAddress.objects.filter(user=user, verified=True).exists()
