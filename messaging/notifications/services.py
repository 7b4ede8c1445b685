"""What the site tells people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.querysets import people_unmuted_by
from messaging.notifications.badges import lock, move_unread, recount_unread
from messaging.notifications.models import Notification

Kind = Notification.Kind

# Of these kinds one that was withdrawn comes back as it was, read or not: for good, or until this long after the user
# was notified.
COMES_BACK: dict[str, timedelta | None] = {Kind.FOLLOWED: timedelta(days=1), Kind.MENTIONED: None}
# Notifications that a transaction deletes at most.
DELETION_SLICE = 500


@transaction.atomic
def notify(
    user: User,
    *,
    kind: str,
    key: str = "",
    payload: dict[str, Any] | None = None,
    actor: User | None = None,
    created_at: datetime | None = None,
) -> Notification | None:
    """
    Tell a person something, and return the notification. One of the same kind and key gives way to it.

    One that was withdrawn may come back instead: the same follower or mention notifies a user once (COMES_BACK).

    `actor` is another person whose doing it is, and who counts as unheard where the person may not see them: then
    nothing is told, and None returned. Progress of a task, whose payload is {"task_id", "progress"}, goes to open
    pages alone. The person's row stays locked until the transaction ends, so that one that tells several people
    takes them in the order of their ids.
    """
    if actor is not None and not _is_heard(actor, user):
        return None
    earlier = Notification.objects.filter(user=user, kind=kind, key=key)
    if kind in COMES_BACK:
        # The lock of the user's row first, as everywhere.
        lock(user.pk)
        pause = COMES_BACK[kind]
        kept = earlier.filter(created_at__gt=timezone.now() - pause) if pause else earlier
        if kept.exclude(withdrawn_at=None).update(withdrawn_at=None):
            recount_unread([user.pk])
            return kept.get()
    is_counted = kind != Kind.TASK_PROGRESS
    move_unread(user.pk, notifications=int(is_counted))
    replaced, _by_model = earlier.delete()
    told = Notification.objects.create(
        user=user, kind=kind, key=key, payload=payload or {}, actor=actor, created_at=created_at or timezone.now()
    )
    if replaced and is_counted:
        recount_unread([user.pk])
    return told


def _is_heard(actor: User, user: User) -> bool:
    heard = User.objects.visible_to(user).filter(people_unmuted_by(user), pk=actor.pk)
    return actor.pk != user.pk and heard.exists()


@transaction.atomic
def withdraw_notifications(*, kind: str, key: str = "", user: User | None = None, actor: User | None = None) -> int:
    """
    Take back what is not so any longer, from one person or, by its actor, from everybody; return from how many.

    The rows are kept, so that notify() knows them. Locks the rows of those people.
    """
    told = Notification.objects.filter(kind=kind, key=key, withdrawn_at=None)
    told = told.filter(**({"user": user} if user else {"actor": actor}))
    people = set(told.values_list("user", flat=True))
    if people:
        lock(*people)
        told.update(withdrawn_at=timezone.now())
        recount_unread(people)
    return len(people)


@transaction.atomic
def read_notification(notification: Notification) -> None:
    """Take a notification for read by its owner, with all earlier ones of a kind that is told together."""
    which = Q(pk=notification.pk)
    if notification.kind in Notification.GROUPED:
        which = Q(kind=notification.kind, pk__lte=notification.pk)
    _read(notification.user_id, which)


@transaction.atomic
def read_all_notifications(user: User, *, upto: int) -> None:
    """Take all notifications for read up to the one with the id `upto`, the newest that the person has seen."""
    _read(user.pk, Q(pk__lte=upto))


def _read(user_id: int, which: Q) -> None:
    lock(user_id)
    if Notification.objects.filter(which, user=user_id).unread().update(read_at=timezone.now()):
        recount_unread([user_id])


@transaction.atomic
def delete_old_notifications() -> bool:
    """Delete a slice of the notifications that are older than NOTIFICATION_DAYS; return whether there were any."""
    old = Notification.objects.filter(created_at__lt=timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS))
    ids = list(old.values_list("pk", flat=True)[:DELETION_SLICE])
    return bool(_delete(Notification.objects.filter(pk__in=ids)))


def _delete(notifications: QuerySet[Notification]) -> int:
    """Delete notifications, and return how many people had one."""
    people = set(notifications.values_list("user", flat=True))
    if people:
        lock(*people)
        notifications.delete()
        recount_unread(people)
    return len(people)
