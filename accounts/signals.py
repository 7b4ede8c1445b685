"""What the accounts app announces to apps above it, which it must not know."""

from django.dispatch import Signal

# Sent while an account is being deleted, again and again until every receiver returns 0.
# Arguments: user. A receiver deletes up to DELETION_SLICE rows that belong to them and returns how many it deleted.
account_leaving = Signal()

# Sent in the transaction that saves a user after set_password(), not for a new one. Arguments: user.
password_set = Signal()

# Sent in the transaction in which a user becomes visible to others, or no longer is. Arguments: user.
visibility_changed = Signal()
