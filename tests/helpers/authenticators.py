"""Authenticator apps whose codes do not change while a test runs."""

import pyotp
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from accounts.security.services import code_counter

# Decades: a test shares one period of the codes, however long it takes.
PERIOD = 10**9


class AuthenticatorApp(pyotp.HOTP):
    """An app with a secret."""

    def now(self) -> str:
        """Return the code that the app shows."""
        return self.at(code_counter())


def next_period() -> None:
    """Move on to the next period, so that the code can be used again."""
    cache.clear()
    for authenticator in Authenticator.objects.filter(type="totp"):
        authenticator.data["last_counter"] = 0
        authenticator.save()
