"""Permissions of API callers."""

from __future__ import annotations

from accounts.models import User
from accounts.services import can_contact_others
from api.errors import NotAllowed


def check_can_contact_others(user: User) -> None:
    """Raise NotAllowed for a user who must confirm their email address first."""
    if not can_contact_others(user):
        raise NotAllowed("confirm your email address first, by the link in the mail that was sent to it")
