"""Reads of notifications, each limited to what its owner may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from accounts.querysets import is_blocked_either_way, people_unblocked_by, people_unmuted_by

if TYPE_CHECKING:
    from accounts.models import User
    from messaging.notifications.models import Notification  # noqa: F401 - in the names of types below


class NotificationQuerySet(QuerySet["Notification"]):
    def of(self, owner: User) -> Self:
        """
        Keep what a user's page shows: nothing withdrawn, and nothing of people whom they block or mute.

        Say of each, as `is_blocked_either_way`, whether its actor blocks the user: then nothing but the name is shown.
        """
        heard = people_unblocked_by(owner, "actor__") & people_unmuted_by(owner, "actor__")
        told = self.filter(Q(actor=None) | heard, user=owner, withdrawn_at=None)
        told = told.exclude(kind=self.model.Kind.TASK_PROGRESS)
        return told.annotate(is_blocked_either_way=is_blocked_either_way(owner, "actor"))

    def progress_of(self, owner: User) -> Self:
        """Keep how far a person's tasks are, which open pages show."""
        return self.filter(user=owner, kind=self.model.Kind.TASK_PROGRESS)

    def unread(self) -> Self:
        """Keep what its owner has not read."""
        return self.filter(read_at=None)

    def for_list(self) -> Self:
        """Fetch everything that the page of notifications shows, and nothing else."""
        actor = ("actor__username", "actor__email", "actor__avatar_source")
        return self.select_related("actor").only("user", "kind", "key", "payload", "created_at", "read_at", *actor)
