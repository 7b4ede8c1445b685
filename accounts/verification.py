"""Whether email addresses must be confirmed, and whose are."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.conf import settings

from accounts.models import User


def is_verification_mandatory() -> bool:
    """Tell whether an account opens only when its address is confirmed."""
    return settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory"


def can_contact_others(user: User) -> bool:
    """Tell whether what a person writes may reach others: not while their address must be confirmed and is not."""
    return not is_verification_mandatory() or EmailAddress.objects.filter(user=user, verified=True).exists()
