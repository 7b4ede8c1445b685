"""Untrusted passkey credentials from browsers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError, InterfaceError

from microblog.core.text import is_storable

logger = logging.getLogger(__name__)

# Characters; credentials with the attestation of a security key have less than a tenth of it.
CREDENTIAL_MAX_LENGTH = 64 * 1024


class CredentialField(forms.JSONField):
    """The response to a passkey challenge, a JSON object; never rendered back."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, str) and len(value) > CREDENTIAL_MAX_LENGTH:
            raise self._invalid()
        try:
            credential = super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise self._invalid() from error
        if credential is not None and not (isinstance(credential, dict) and is_storable(credential)):
            raise self._invalid()
        return credential

    def bound_data(self, data: Any, initial: Any) -> Any:  # noqa: ARG002 - called by Django
        return initial

    def _invalid(self) -> ValidationError:
        return ValidationError(self.error_messages["invalid"], code="invalid")


@contextmanager
def refuse_malformed() -> Iterator[None]:
    """Raise ValidationError for any error of the libraries about a malformed credential."""
    try:
        yield
    except (ValidationError, DatabaseError, InterfaceError):
        raise
    except Exception as error:
        logger.info("A passkey credential was malformed: %s", type(error).__name__)
        raise get_adapter().validation_error("incorrect_code") from error


def signs_in_alone(authenticator: Authenticator) -> bool:
    """Tell whether a passkey was registered to sign in without the password, with user verification."""
    passkey = authenticator.wrap()
    return bool(passkey.is_passwordless and passkey.authenticator_data.is_user_verified())
