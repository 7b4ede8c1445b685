"""Who may write to others."""

from __future__ import annotations

from accounts.models import User
from accounts.services import may_reach_others
from api.errors import NotAllowed


def check_may_reach_others(user: User) -> None:
    """Raise NotAllowed for somebody who has still to confirm their address before others read from them."""
    if not may_reach_others(user):
        raise NotAllowed("confirm your e-mail address first, by the link in the mail that was sent to it")
