"""The lists of an archive, and what each entry of them says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.querysets import people_heard_by, people_visible_to
from api.formats import instant
from messaging.models import Message, Participant
from posts.models import Post

# What the rows of a list are ordered by: JSON keeps lists, not tuples.
Key = list[int]
START: Key = [0, 0]


class Section(NamedTuple):
    """One list of the archive; its name is that of its JSON file, of the list inside, and of its pages."""

    name: str
    title: str | Promise
    template: str
    # The person's rows whose key is above a given one, in the order of their keys.
    rows: Callable[[User, Key], QuerySet[Any]]
    key: Callable[[Any], Key]
    # Rows of one page as they stand in the JSON file.
    entries: Callable[[User, Sequence[Any]], list[dict[str, Any]]]
    # Lines that the template "records" shows of a row, read in the language of the archive.
    lines: Callable[[Any], Sequence[str | None]] = lambda _row: ()
    # A second JSON file of the same rows, by the name of its list, with what the first must not have.
    details: tuple[str, Callable[[User, Sequence[Any]], list[dict[str, Any]]]] | None = None


def _people(
    name: str,
    title: str | Promise,
    *,
    among: Callable[[User], QuerySet[Any]],
    person: str,
    visible: Callable[[User, str], Q] = people_visible_to,
) -> Section:
    """Make the list of those `among` somebody's follows, blocks and the like whom the owner may see."""
    key = f"{person}_id"

    def rows(user: User, after: Key) -> QuerySet[Any]:
        seen = among(user).filter(visible(user, f"{person}__"), **{f"{key}__gt": after[0]})
        return seen.order_by(key).select_related(person)

    def entries(_user: User, rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [{"username": getattr(row, person).username, "since": instant(row.created_at)} for row in rows]

    return Section(name, title, "people", rows, lambda row: [getattr(row, key)], entries)


def _messages(user: User, after: Key) -> QuerySet[Any]:
    """Return what the owner sees of their conversations, one after the other, and all that they wrote themselves."""
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


def _message_entries(user: User, messages: Sequence[Message]) -> list[dict[str, Any]]:
    sides = Participant.objects.of(user).filter(conversation__in={message.conversation_id for message in messages})
    visible = set(sides.values_list("conversation", flat=True))
    entries = []
    for message in messages:
        low, high = message.conversation.low, message.conversation.high
        other = high if low.pk == user.pk else low
        sender = user if message.sender_id == user.pk else other
        entries.append(
            {
                # Names of users who left, or with whom there is a block, are not the owner's.
                "with": other.username if message.conversation_id in visible else None,
                "sender": sender.username,
                "body": message.body,
                "timestamp": instant(message.sent_at),
            }
        )
    return entries


def _post_details(user: User, posts: Sequence[Post]) -> list[dict[str, Any]]:
    for post in posts:
        post.author = user
    return [
        {
            "id": post.pk,
            "url": f"{settings.SITE_URL}{post.get_absolute_url()}",
            "language": post.language or None,
            "edited_at": _time(post.edited_at),
        }
        for post in posts
    ]


def _time(value: datetime | None) -> str | None:
    return instant(value) if value else None


def _by_id(row: Any) -> Key:
    return [row.pk]


# New ones come last: an export that is being made keeps the place of the section where it is.
SECTIONS = [
    Section(
        "posts",
        _("Your posts"),
        "posts",
        lambda user, after: Post.objects.by(user).filter(pk__gt=after[0]).order_by("pk"),
        lambda post: [post.pk],
        # What clients of the first edition read.
        lambda _user, posts: [{"body": post.body, "timestamp": instant(post.created_at)} for post in posts],
        details=("post_details", _post_details),
    ),
    _people("following", _("People you follow"), among=lambda user: user.following_set.all(), person="followed"),
    _people("followers", _("People who follow you"), among=lambda user: user.follower_set.all(), person="follower"),
    _people(
        "blocks",
        _("People you block"),
        among=lambda user: user.blocks_made.all(),
        person="blocked",
        # The owner sees them in this list alone.
        visible=lambda _user, prefix: people_visible_to(AnonymousUser(), prefix),
    ),
    _people(
        "mutes",
        _("People you mute"),
        among=lambda user: user.mutes_made.all(),
        person="muted",
        visible=people_heard_by,  # as in the list in Settings
    ),
    Section(
        "messages",
        _("Your conversations"),
        "messages",
        _messages,
        lambda message: [message.conversation_id, message.pk],
        _message_entries,
    ),
    Section(
        "reports",
        _("Your reports"),
        "records",
        lambda user, after: user.reports.by(user).filter(pk__gt=after[0]).order_by("pk"),
        _by_id,
        lambda _user, rows: [
            {
                "case": row.case_id,
                "about": row.case.kind,
                "rule": str(row.rule),
                "comment": row.comment,
                "timestamp": instant(row.created_at),
                "outcome": row.case.outcome or None,
            }
            for row in rows
        ],
        lambda row: [row.case.get_kind_display(), str(row.rule), row.comment, row.case.get_outcome_display()],
    ),
    Section(
        "decisions",
        _("Decisions about you"),
        "records",
        lambda user, after: user.decisions.about(user).filter(pk__gt=after[0]).order_by("pk"),
        _by_id,
        lambda _user, rows: [
            {
                "case": row.case_id,
                "about": row.case.kind,
                "action": row.action,
                "rule": str(row.rule) if row.rule else None,
                "reason": row.reason,
                "until": _time(row.until),
                "timestamp": instant(row.created_at),
                "answer": row.appeal.text if hasattr(row, "appeal") else None,
            }
            for row in rows
        ],
        lambda row: [
            row.statement,
            str(row.rule) if row.rule else None,
            row.reason,
            row.appeal.text if hasattr(row, "appeal") else None,
        ],
    ),
    Section(
        "security_log",
        _("Security log"),
        "records",
        lambda user, after: user.security_events.filter(pk__gt=after[0]).order_by("pk"),
        _by_id,
        lambda _user, rows: [
            {
                "event": row.kind,
                "detail": row.detail,
                "ip": row.ip,
                "user_agent": row.user_agent,
                "timestamp": instant(row.created_at),
            }
            for row in rows
        ],
        lambda row: [row.get_kind_display(), row.detail, row.ip, row.user_agent],
    ),
    Section(
        "tokens",
        _("API tokens"),
        "records",
        lambda user, after: user.api_tokens.filter(pk__gt=after[0]).order_by("pk"),
        _by_id,
        # Neither the token, which nobody has, nor its hash.
        lambda _user, rows: [
            {
                "name": row.name,
                "read_only": row.is_read_only,
                "timestamp": instant(row.created_at),
                "expires_at": instant(row.expires_at),
                "last_used_at": _time(row.last_used_at),
            }
            for row in rows
        ],
        lambda row: [row.name],
    ),
]
