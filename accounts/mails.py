"""Mails to users."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from microblog.core.mail import UNDELIVERABLE, send_email


def send_to_user(template: str, user: User, to: str, context: dict[str, Any]) -> None:
    """Send a mail in the user's language. Without an email address it is rendered, in the same time, and dropped."""
    send_email(template, to or f"placeholder{UNDELIVERABLE}", {"person": user, **context}, language=user.language)


def placeholder_user() -> User:
    """Return an unsaved user without an email address, for a mail that is rendered and dropped."""
    return User(pk=0, username="placeholder")
