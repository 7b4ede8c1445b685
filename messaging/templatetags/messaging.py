"""Template tags of conversations, whose rows are cached by their content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name, localdate
from django.utils.translation import get_language

from accounts.models import User
from accounts.templatetags.accounts import avatar
from messaging.conversations.models import Message, Participant
from microblog.core.performance.caching import cached

register = template.Library()


class RowContent(NamedTuple):
    """Everything that the HTML of a conversation in the list depends on, except the language and the time zone."""

    username: str
    # Empty where one of the two users blocks the other.
    picture: str
    body: str
    sent_at: datetime
    is_own: bool
    unread_count: int
    is_current: bool


class MessageContent(NamedTuple):
    """Everything that the HTML of a message depends on, except the language and the time zone."""

    pk: int
    body: str
    sent_at: datetime
    # Empty if it is the reader's own.
    sender: str
    # Whether the day, or "New messages", is a heading above it.
    begins_day: bool
    begins_new: bool


@register.simple_tag(takes_context=True)
def conversation_rows(context: Context, rows: Iterable[Participant]) -> SafeString:
    """Render a list of conversations; the one with `person` of the context, if there is one, is the current page."""
    person = context.get("person")
    language, zone = get_language(), get_current_timezone_name()
    contents = (
        RowContent(
            username=row.other.username,
            picture="" if row.is_blocked_either_way else avatar(context, row.other, 40),
            body=row.last_message.body,
            sent_at=row.last_message.sent_at,
            is_own=row.last_message.sender_id == row.user_id,
            unread_count=row.unread_count,
            is_current=row.other == person,
        )
        for row in rows
    )
    return mark_safe("".join(_row(content, language, zone) for content in contents))  # noqa: S308 - all are safe


@register.simple_tag
def message_rows(messages: Sequence[Message], person: User, first_unread: int | None) -> SafeString:
    """Render messages of the conversation with a person, in ascending order although given in descending order."""
    language, zone = get_language(), get_current_timezone_name()
    rows, day = [], None
    for message in reversed(messages):
        previous, day = day, localdate(message.sent_at)
        content = MessageContent(
            pk=message.pk,
            body=message.body,
            sent_at=message.sent_at,
            sender=person.username if message.sender_id == person.pk else "",
            begins_day=day != previous,
            begins_new=message.pk == first_unread,
        )
        rows.append(_message(content, language, zone))
    return mark_safe("".join(rows))  # noqa: S308 - all are safe


@cached(2**12)
def _row(content: RowContent, _language: str, _zone: str) -> SafeString:
    return render_to_string("messaging/_conversation.html", content._asdict())


@cached(2**12)
def _message(content: MessageContent, _language: str, _zone: str) -> SafeString:
    return render_to_string("messaging/_message.html", content._asdict())
