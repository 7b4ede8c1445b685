"""Reads of conversations, each limited to what its owner may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import F, Q, QuerySet

from accounts.models import Username
from accounts.querysets import is_blocked_either_way, people_unblocked_by
from accounts.validators import fold_username

if TYPE_CHECKING:
    from accounts.models import User
    from messaging.conversations.models import Message, Participant  # noqa: F401 - in the names of types below


class ParticipantQuerySet(QuerySet["Participant"]):
    def of(self, owner: User) -> Self:
        """
        Keep a person's sides of their conversations with people whom they may see or who block them.

        Say of each, as `is_blocked_either_way`, which it is: of those who block them nothing but the name is shown.
        """
        own = self.filter(people_unblocked_by(owner, "other__"), user=owner)
        return own.annotate(is_blocked_either_way=is_blocked_either_way(owner, "other"))

    def listed(self) -> Self:
        """Leave out the conversations whose owner has deleted all that there is."""
        return self.filter(last_message__isnull=False)

    def with_person(self, username: str) -> Self:
        """Keep the conversation with the one who holds a name, today's or a former one."""
        if "\0" in username:
            return self.none()  # PostgreSQL refuses to compare it
        return self.filter(other=Username.objects.filter(key=fold_username(username)).values("user")[:1])

    def for_thread(self, owner: User, username: str, *, size: int) -> Self:
        """Keep a person's latest conversations and, wherever it stands, the one with another; in no order."""
        own = self.of(owner)
        latest = own.listed().order_by("-last_message_id")[:size]
        # A join of two short lists of ids; SQLite allows no limit directly inside a union.
        ids = self.filter(pk__in=latest.values("pk")).union(self.filter(user=owner).with_person(username), all=True)
        return own.filter(pk__in=ids.values("pk")).for_list()

    def for_list(self) -> Self:
        """Fetch everything that a list of conversations shows, and nothing else."""
        other = ("other__username", "other__email", "other__avatar_source", "other__last_seen")
        last = ("last_message__conversation", "last_message__body", "last_message__sent_at", "last_message__sender")
        own = ("conversation", "user", "unread_count", "read_up_to", "deleted_up_to")
        return self.select_related("other", "last_message").only(*own, *other, *last)


class MessageQuerySet(QuerySet["Message"]):
    def seen_by(self, participant: Participant) -> Self:
        """Keep what the owner of one side of a conversation sees of it."""
        return self.filter(conversation=participant.conversation_id, pk__gt=participant.deleted_up_to)

    def received_by(self, reader: User) -> Self:
        """Keep what others sent to a person who has not deleted it, whether or not these see each other now."""
        side = Q(conversation__participants__user=reader, pk__gt=F("conversation__participants__deleted_up_to"))
        return self.filter(side).exclude(sender=reader)
