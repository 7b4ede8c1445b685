"""What open pages ask for every few seconds."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from messaging.notifications.models import Notification

MICROSECONDS = 1_000_000


def parse_since(text: str) -> float:
    """Return the Unix time that a poll names; anything else is the beginning of time."""
    try:
        since = float(text)
    except ValueError:
        return 0.0
    return since if since > 0 else 0.0


def news_of(user: User, *, since: float) -> list[dict[str, Any]]:
    """
    Return what has changed for a person after a Unix time: a list of {"name", "data", "timestamp"}, oldest first.

    The person's row tells by itself when nothing has, so that most polls cost no query here, and the others one at
    most (messaging.notifications.badges has why nothing is missed).
    """
    news: list[dict[str, Any]] = []

    def tell(name: str, data: object, stamp: int) -> None:
        news.append({"name": name, "data": data, "timestamp": stamp / MICROSECONDS})

    if user.message_stamp / MICROSECONDS > since:
        tell("unread_message_count", user.unread_message_count, user.message_stamp)
    if user.notification_stamp / MICROSECONDS > since:
        tell("unread_notification_count", user.unread_notification_count, user.notification_stamp)
        for payload in Notification.objects.progress_of(user).values_list("payload", flat=True):
            tell("task_progress", payload, user.notification_stamp)
    return sorted(news, key=lambda item: item["timestamp"])
