"""Fields of models that refer to users who may be gone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from accounts.validators import USERNAME_MAX_LENGTH


def person_field(label: Any, **options: Any) -> models.ForeignKey:
    """Make a field that names a person for as long as there is one."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=label, on_delete=models.SET_NULL, null=True, blank=True, **options
    )


def name_field(label: Any) -> models.CharField:
    """Make a field that holds a person's name as it was then."""
    return models.CharField(label, max_length=USERNAME_MAX_LENGTH, blank=True, editable=False)
