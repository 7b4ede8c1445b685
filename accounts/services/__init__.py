"""Writes about people. Each runs in a transaction of its own and leaves nothing half done."""

from accounts.services.follows import CannotFollow, follow_user, unfollow_user
from accounts.services.registration import (
    EmailTaken,
    TooManyUsernames,
    UsernameTaken,
    change_username,
    register_user,
)

__all__ = [
    "CannotFollow",
    "EmailTaken",
    "TooManyUsernames",
    "UsernameTaken",
    "change_username",
    "follow_user",
    "register_user",
    "unfollow_user",
]
