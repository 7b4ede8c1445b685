"""What relationships announce to apps above, which they must not know."""

from django.dispatch import Signal

# Sent in the transaction in which one person follows another, and in which they no longer do. Arguments: follower,
# followed.
user_followed = Signal()


user_unfollowed = Signal()


# Sent in the transaction in which one person blocks another, or no longer does. Arguments: blocker, blocked.
block_changed = Signal()


# Sent in the transaction in which one person mutes another, or no longer does. Arguments: muter, muted.
mute_changed = Signal()
