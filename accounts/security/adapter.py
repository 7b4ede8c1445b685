"""The site's rules for second factors, where django-allauth asks for them."""

from __future__ import annotations

import base64

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.security.devices import describe
from accounts.security.encryption import site_keys


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong, or it was used before."),
    }

    def _get_user_identifier(self, user: User) -> str:
        return user.username

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        return describe(context.request.headers.get("User-Agent", "")) or gettext("Passkey")

    def is_mfa_enabled(self, user: User, types: list[str] | None = None) -> bool:
        """Answer with one query a request: allauth asks for each type apart, several times a page."""
        if user.is_anonymous:
            return False
        if not hasattr(user, "factor_types"):
            user.factor_types = set(Authenticator.objects.filter(user=user.pk).values_list("type", flat=True))
        return bool(user.factor_types if types is None else user.factor_types.intersection(types))

    def encrypt(self, text: str) -> str:
        """Encrypt secrets with a key made of SECRET_KEY, so that a copy of the database alone is of no use."""
        return site_keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return site_keys().decrypt(encrypted_text).decode()
        except InvalidToken:
            # SECRET_KEY was changed: no code is right any more, and recovery is up to the people who run the site.
            return base64.b32encode(Fernet.generate_key()).decode()

    def _get_site_name(self) -> str:
        return settings.SITE_NAME
