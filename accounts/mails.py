"""Mails to users."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from microblog.core.mail import NOBODY, send_email


def send_to_user(template: str, user: User, to: str, context: dict[str, Any]) -> None:
    """Send a mail in the language of a user; without an email address it is made, which takes time, and dropped."""
    send_email(template, to or f"nobody{NOBODY}", {"person": user, **context}, language=user.language)


def placeholder_user() -> User:
    """Return a user for a mail that is made and dropped."""
    return User(pk=0, username="nobody")
