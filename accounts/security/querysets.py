"""Querysets of API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import QuerySet
from django.utils import timezone

if TYPE_CHECKING:
    from accounts.security.models import ApiToken  # noqa: F401 - in the name of a type below


class ApiTokenQuerySet(QuerySet["ApiToken"]):
    def live(self) -> Self:
        """Keep the tokens that have not expired."""
        return self.filter(expires_at__gt=timezone.now())
