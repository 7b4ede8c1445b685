"""Conversations, and the choice of notifications, in the archive of a user's data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.fields import format_time
from messaging.models import Message, Participant
from microblog.core.archive import Facts, Key, Section


def _messages(user: User, after: Key) -> QuerySet[Message]:
    """Return the messages of conversations that the user sees, and all messages that they sent, by conversation."""
    conversation, message = after
    return (
        Message.objects.filter(
            Q(conversation=conversation, pk__gt=message) | Q(conversation__gt=conversation),
            Q(conversation__in=Participant.objects.of(user).values("conversation")) | Q(sender=user),
        )
        .filter(
            conversation__participants__user=user,
            conversation__participants__deleted_up_to__lt=F("pk"),
        )
        .select_related("conversation__low", "conversation__high")
        .only("body", "sent_at", "sender", "conversation__low__username", "conversation__high__username")
        .order_by("conversation_id", "pk")
    )


def _entries(user: User, messages: Sequence[Message]) -> list[dict[str, Any]]:
    sides = Participant.objects.of(user).filter(conversation__in={message.conversation_id for message in messages})
    visible = set(sides.values_list("conversation", flat=True))
    entries = []
    for message in messages:
        low, high = message.conversation.low, message.conversation.high
        other = high if low.pk == user.pk else low
        sender = user if message.sender_id == user.pk else other
        entries.append(
            {
                # None where the user may not see the other: a deactivated account, or a block.
                "with": other.username if message.conversation_id in visible else None,
                "sender": sender.username,
                "body": message.body,
                "timestamp": format_time(message.sent_at),
            }
        )
    return entries


def _notification_settings(user: User) -> dict[str, Any]:
    return {"silenced": sorted(user.silenced_kinds.values_list("kind", flat=True))}


FACTS = [Facts("notification_settings", _notification_settings)]

SECTIONS = [
    Section(
        "messages",
        _("Your conversations"),
        "messages",
        position=60,
        rows=_messages,
        entries=_entries,
        key=lambda message: [message.conversation_id, message.pk],
    ),
]
