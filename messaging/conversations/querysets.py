"""Querysets of conversations, limited to what their owner may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import F, Q, QuerySet

from accounts.avatars import AVATAR_COLUMNS
from accounts.models import Username
from accounts.querysets import is_blocked_either_way, people_unblocked_by
from accounts.validators import fold_username
from microblog.core.pagination import Cursor
from microblog.core.performance.queries import compiled

if TYPE_CHECKING:
    from accounts.models import User
    from messaging.conversations.models import Message, Participant  # noqa: F401 - in the names of types below


class ParticipantQuerySet(QuerySet["Participant"]):
    def of(self, owner: User) -> Self:
        """
        Keep a user's conversations, except with users that they block or may not see.

        Annotate `is_blocked_either_way`: the other blocks the user, so that only the other's name may be shown.
        """
        own = self.filter(people_unblocked_by(owner, "other__"), user=owner)
        return own.annotate(is_blocked_either_way=is_blocked_either_way(owner, "other"))

    def listed(self) -> Self:
        """Exclude conversations of which the owner has deleted all messages."""
        return self.filter(last_message__isnull=False)

    def with_person(self, username: str) -> Self:
        """Keep the conversation with the user of a current or former username."""
        if "\0" in username:
            return self.none()  # PostgreSQL rejects it
        return self.filter(other=Username.objects.filter(key=fold_username(username)).values("user")[:1])

    @compiled
    def page_of(self, owner: User, cursor: Cursor) -> QuerySet[Participant]:
        """Return a page of a user's conversations, by the ids of their last messages."""
        return cursor.window(self.of(owner).listed().for_list(), key="last_message_id")

    @compiled
    def for_thread(self, owner: User, username: str, cursor: Cursor) -> QuerySet[Participant]:
        """
        Return a user's latest conversations, and the one with another user wherever it is in the list; unordered.

        `username` is folded, and without null characters.
        """
        own = self.of(owner)
        latest = cursor.window(own.listed(), key="last_message_id")
        # Subqueries of ids, because SQLite allows no LIMIT directly inside a UNION.
        ids = self.filter(pk__in=latest.values("pk")).union(self.filter(user=owner).with_person(username), all=True)
        return own.filter(pk__in=ids.values("pk")).for_list()

    def for_list(self) -> Self:
        """Fetch only the fields that a list of conversations shows."""
        other = [f"other__{name}" for name in ("username", "last_seen", *AVATAR_COLUMNS)]
        last = ("last_message__conversation", "last_message__body", "last_message__sent_at", "last_message__sender")
        own = ("conversation", "user", "unread_count", "read_up_to", "deleted_up_to")
        return self.select_related("other", "last_message").only(*own, *other, *last)


class MessageQuerySet(QuerySet["Message"]):
    def seen_by(self, participant: Participant) -> Self:
        """Keep the messages of a conversation that the owner of one side has not deleted."""
        return self.filter(conversation=participant.conversation_id, pk__gt=participant.deleted_up_to)

    def received_by(self, reader: User) -> Self:
        """Keep messages that others sent to a user and the user has not deleted, regardless of blocks."""
        side = Q(conversation__participants__user=reader, pk__gt=F("conversation__participants__deleted_up_to"))
        return self.filter(side).exclude(sender=reader)
