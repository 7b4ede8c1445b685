"""Services of follows, blocks, mutes and counters."""

from relationships.counters import recount
from relationships.services.blocks import CannotBlock, block_user, mute_user, unblock_user, unmute_user
from relationships.services.follows import CannotFollow, follow_user, unfollow_user

__all__ = [
    "CannotBlock",
    "CannotFollow",
    "block_user",
    "follow_user",
    "mute_user",
    "recount",
    "unblock_user",
    "unfollow_user",
    "unmute_user",
]
