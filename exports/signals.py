"""Signals of exports."""

from django.dispatch import Signal

# Sent in the transaction in which an export ends. Arguments: export_id, state.
export_ended = Signal()
