"""Writes of messages and notifications. Each runs in a transaction and moves the badges of those concerned along."""

from messaging.services.counters import recount_unread
from messaging.services.messages import (
    CannotDelete,
    CannotSend,
    delete_conversation,
    delete_messages_of,
    read_conversation,
    send_message,
)
from messaging.services.notifications import (
    delete_old_notifications,
    notify,
    read_all_notifications,
    read_notification,
    withdraw_notifications,
)

__all__ = [
    "CannotDelete",
    "CannotSend",
    "delete_conversation",
    "delete_messages_of",
    "delete_old_notifications",
    "notify",
    "read_all_notifications",
    "read_conversation",
    "read_notification",
    "recount_unread",
    "send_message",
    "withdraw_notifications",
]
