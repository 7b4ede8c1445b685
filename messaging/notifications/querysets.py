"""Querysets of notifications, limited to what their owner may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from accounts.avatars import AVATAR_COLUMNS
from accounts.querysets import is_blocked_either_way, people_unblocked_by, people_unmuted_by

if TYPE_CHECKING:
    from accounts.models import User
    from messaging.notifications.models import Notification  # noqa: F401 - in the names of types below


class NotificationQuerySet(QuerySet["Notification"]):
    def of(self, owner: User) -> Self:
        """
        Keep what a user's page shows: no withdrawn notifications, and none by users that they block or mute.

        Annotate `is_blocked_either_way`: the actor blocks the user, so that only the actor's name may be shown.
        """
        heard = people_unblocked_by(owner, "actor__") & people_unmuted_by(owner, "actor__")
        listed = self.filter(Q(actor=None) | heard, user=owner, withdrawn_at=None)
        listed = listed.exclude(kind=self.model.Kind.TASK_PROGRESS)
        return listed.annotate(is_blocked_either_way=is_blocked_either_way(owner, "actor"))

    def progress_of(self, owner: User) -> Self:
        """Keep the progress of the user's tasks."""
        return self.filter(user=owner, kind=self.model.Kind.TASK_PROGRESS)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def for_list(self) -> Self:
        """Fetch only the fields that the page of notifications shows."""
        actor = [f"actor__{name}" for name in ("username", *AVATAR_COLUMNS)]
        return self.select_related("actor").only("user", "kind", "key", "payload", "created_at", "read_at", *actor)
