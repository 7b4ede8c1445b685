"""Signals of relationships, for apps that they must not import."""

from django.dispatch import Signal

# Sent in the transaction of a follow or unfollow. Arguments: follower, followed.
user_followed = Signal()
user_unfollowed = Signal()

# Sent in the transaction of a block or unblock. Arguments: blocker, blocked.
block_changed = Signal()

# Sent in the transaction of a mute or unmute. Arguments: muter, muted.
mute_changed = Signal()
