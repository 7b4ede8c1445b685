"""Signals of repositories."""

from django.dispatch import Signal

# Sent in the transaction that stores issues, after the first fetch. Arguments: repository; opened and closed, the
# numbers of issues.
issues_changed = Signal()

# Sent in the transaction that stores that GitHub limits the requests of this site. Argument: limited_until, when it
# accepts them again, another time than was known before.
requests_limited = Signal()
