"""Recurring tasks that belong to no app."""

from django.core.management import call_command


def clear_sessions() -> None:
    """Delete sessions that have expired; repeating it finds nothing left."""
    call_command("clearsessions")
