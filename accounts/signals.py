"""Signals of accounts, for apps that it must not import."""

from django.dispatch import Signal

# Sent repeatedly while an account is being deleted, until every receiver returns 0. Arguments: user.
# A receiver deletes up to DELETION_SLICE rows of the user and returns how many it deleted.
account_leaving = Signal()

# Sent in the transaction that saves a user after set_password(), not for a new one. Arguments: user.
password_set = Signal()

# Sent in the transaction in which a user becomes visible to others, or no longer is. Arguments: user.
visibility_changed = Signal()
