"""The response to the poll that open pages send every few seconds."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from messaging.notifications.models import Notification

MICROSECONDS = 1_000_000


def parse_since(text: str) -> float:
    """Return the Unix time of a poll, or 0 for anything else."""
    try:
        since = float(text)
    except ValueError:
        return 0.0
    return since if since > 0 else 0.0


def changes_for(user: User, *, since: float) -> list[dict[str, Any]]:
    """
    Return the changes for a user after a Unix time: a list of {"name", "data", "timestamp"}, oldest first.

    Polls without changes need no query but the one of the user, others at most one more. No change is missed (see
    messaging.notifications.badges).
    """
    changes: list[dict[str, Any]] = []

    def add(name: str, data: object, stamp: int) -> None:
        changes.append({"name": name, "data": data, "timestamp": stamp / MICROSECONDS})

    if user.message_stamp / MICROSECONDS > since:
        add("unread_message_count", user.unread_message_count, user.message_stamp)
    if user.notification_stamp / MICROSECONDS > since:
        add("unread_notification_count", user.unread_notification_count, user.notification_stamp)
        for payload in Notification.objects.progress_of(user).values_list("payload", flat=True):
            add("task_progress", payload, user.notification_stamp)
    return sorted(changes, key=lambda item: item["timestamp"])
