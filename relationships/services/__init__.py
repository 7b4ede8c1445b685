"""Services of follows, blocks, mutes and counters."""

from relationships.counters import recount
from relationships.services.blocks import CannotBlock, block_user, mute_user, unblock_user, unmute_user
from relationships.services.follows import (
    CannotFollow,
    CannotHideReposts,
    follow_user,
    hide_reposts,
    show_reposts,
    unfollow_user,
)

__all__ = [
    "CannotBlock",
    "CannotFollow",
    "CannotHideReposts",
    "block_user",
    "follow_user",
    "hide_reposts",
    "mute_user",
    "recount",
    "show_reposts",
    "unblock_user",
    "unfollow_user",
    "unmute_user",
]
