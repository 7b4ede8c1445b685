"""Model fields for users that may be deleted."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from accounts.validators import USERNAME_MAX_LENGTH


def person_field(label: Any, **options: Any) -> models.ForeignKey:
    """Return a foreign key to a user, null once the account is deleted."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, on_delete=models.SET_NULL, null=True, blank=True, **options
    )


def name_field(label: Any) -> models.CharField:
    """Return a field for a user's name at that time."""
    return models.CharField(label, max_length=USERNAME_MAX_LENGTH, blank=True, editable=False)
