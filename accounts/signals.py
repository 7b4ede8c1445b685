"""What the accounts app announces to apps above it, which it must not know."""

from django.dispatch import Signal

# Sent while an account is being deleted, again and again until every receiver returns 0.
# Arguments: user. A receiver deletes up to DELETION_SLICE rows that belong to them and returns how many it deleted.
account_leaving = Signal()

# Sent in the transaction that saves a user after set_password(), not for a new one. Arguments: user.
password_set = Signal()

# Sent in the transaction in which one person follows another, and in which they no longer do. Arguments: follower,
# followed.
user_followed = Signal()
user_unfollowed = Signal()

# Sent in the transaction in which one person blocks another, or no longer does. Arguments: blocker, blocked.
block_changed = Signal()

# Sent in the transaction in which one person mutes another, or no longer does. Arguments: muter, muted.
mute_changed = Signal()
