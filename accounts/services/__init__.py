"""Writes about people. Each runs in a transaction of its own and leaves nothing half done."""

from accounts.services.follows import CannotFollow, follow_user, unfollow_user
from accounts.services.registration import (
    EmailTaken,
    TooManyUsernames,
    UsernameTaken,
    change_username,
    register_user,
)
from accounts.services.security import end_sessions
from accounts.services.standing import (
    LastAdministrator,
    deactivate_user,
    delete_account_slice,
    end_sessions_of,
    enqueue_due_deletions,
    request_deletion,
    reset_second_factor,
    restore_user,
    set_staff,
    verify_email,
)

__all__ = [
    "CannotFollow",
    "EmailTaken",
    "LastAdministrator",
    "TooManyUsernames",
    "UsernameTaken",
    "change_username",
    "deactivate_user",
    "delete_account_slice",
    "end_sessions",
    "end_sessions_of",
    "enqueue_due_deletions",
    "follow_user",
    "register_user",
    "request_deletion",
    "reset_second_factor",
    "restore_user",
    "set_staff",
    "unfollow_user",
    "verify_email",
]
