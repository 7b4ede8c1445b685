"""Notify users, and mark notifications as read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.querysets import people_unmuted_by
from messaging.notifications.badges import add_to_unread, lock_users, recount_unread
from messaging.notifications.models import Notification, SilencedKind

Kind = Notification.Kind

# Withdrawn notifications of these kinds are restored, read or not, if the same event happens again within this time;
# None means at any time.
RESTORED_WITHIN: dict[str, timedelta | None] = {
    Kind.FOLLOWED: timedelta(days=1),
    Kind.MENTIONED: None,
    Kind.REPLIED: None,
}
# Most notifications that one transaction deletes.
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
    Notify a user, and return the notification. It replaces an earlier one of the same kind and key.

    A withdrawn notification may be restored instead, so that the same follower or mention notifies once
    (RESTORED_WITHIN). `actor` is the user that caused the event. If the user may not see the actor, or mutes them, or
    has silenced the kind, return None without a notification. The progress of a task, with the payload {"task_id",
    "progress"}, is only for open pages.

    Locks the user's row until the end of the transaction: notify several users in the order of their ids.
    """
    if _is_silenced(user, kind) or (actor is not None and not _can_notify(actor, user)):
        return None
    earlier = Notification.objects.filter(user=user, kind=kind, key=key)
    if kind in RESTORED_WITHIN:
        # First, because all services lock the user's row before others.
        lock_users(user.pk)
        pause = RESTORED_WITHIN[kind]
        kept = earlier.filter(created_at__gt=timezone.now() - pause) if pause else earlier
        if kept.exclude(withdrawn_at=None).update(withdrawn_at=None):
            recount_unread([user.pk])
            return kept.get()
    is_counted = kind != Kind.TASK_PROGRESS
    add_to_unread(user.pk, notifications=int(is_counted))
    replaced, _by_model = earlier.delete()
    notification = Notification.objects.create(
        user=user, kind=kind, key=key, payload=payload or {}, actor=actor, created_at=created_at or timezone.now()
    )
    if replaced and is_counted:
        recount_unread([user.pk])
    return notification


@transaction.atomic
def notify_each(events: Collection[tuple[int, str]], *, kind: str) -> None:
    """
    Notify users, given as pairs of their id and the key of an event, as notify() does: without actor and payload.

    The users must exist, and not be able to silence the kind. The number of statements does not depend on that of
    users, except for those who have an unread notification that is replaced. Locks the rows of the users.
    """
    people = {user for user, _key in events}
    lock_users(*people)
    similar = Notification.objects.filter(kind=kind, user__in=people, key__in={key for _user, key in events})
    earlier = [(pk, user) for pk, user, key in similar.values_list("pk", "user", "key") if (user, key) in events]
    Notification.objects.filter(pk__in=[pk for pk, _user in earlier]).delete()
    Notification.objects.bulk_create(Notification(user_id=user, kind=kind, key=key) for user, key in events)
    added: dict[int, list[int]] = defaultdict(list)
    for user, count in Counter(user for user, _key in events).items():
        added[count].append(user)
    for count, users in added.items():
        add_to_unread(*users, notifications=count)
    if earlier:
        recount_unread({user for _pk, user in earlier})


@transaction.atomic
def notify_of_newest(
    user: User, *, kind: str, key: str, payload: dict[str, Any], actor: User, created_at: datetime
) -> None:
    """
    Notify a user of the newest of several events, at `created_at`, by `actor`. Safe to repeat.

    A notification that is as new is corrected, and restored if it was withdrawn; an older one is replaced. Of a kind
    that the user has silenced, only an existing notification is corrected. Locks the user's row.
    """
    lock_users(user.pk)
    kept = Notification.objects.filter(user=user, kind=kind, key=key, created_at__gte=created_at)
    if _is_silenced(user, kind):
        kept = kept.filter(withdrawn_at=None)
    if kept.update(payload=payload, actor=actor, withdrawn_at=None):
        recount_unread([user.pk])
    else:
        notify(user, kind=kind, key=key, payload=payload, actor=actor, created_at=created_at)


def _is_silenced(user: User, kind: str) -> bool:
    return kind in Notification.OPTIONAL and user.silenced_kinds.filter(kind=kind).exists()


def _can_notify(actor: User, user: User) -> bool:
    heard = User.objects.visible_to(user).filter(people_unmuted_by(user), pk=actor.pk)
    return actor.pk != user.pk and heard.exists()


@transaction.atomic
def withdraw_notifications(*, kind: str, key: str = "", user: User | None = None, actor: User | None = None) -> int:
    """
    Withdraw notifications of one user, or of all users by their actor, and return from how many users.

    The rows are kept for notify(). Locks the rows of the users.
    """
    withdrawn = Notification.objects.filter(kind=kind, key=key, withdrawn_at=None)
    withdrawn = withdrawn.filter(**({"user": user} if user else {"actor": actor}))
    people = set(withdrawn.values_list("user", flat=True))
    if people:
        lock_users(*people)
        withdrawn.update(withdrawn_at=timezone.now())
        recount_unread(people)
    return len(people)


@transaction.atomic
def silence_kinds(user: User, kinds: Collection[str]) -> None:
    """Silence these kinds of Notification.OPTIONAL for a user, and no others. Earlier notifications stay."""
    lock_users(user.pk)
    user.silenced_kinds.exclude(kind__in=kinds).delete()
    SilencedKind.objects.bulk_create((SilencedKind(user=user, kind=kind) for kind in kinds), ignore_conflicts=True)


@transaction.atomic
def mark_notification_as_read(notification: Notification) -> None:
    """Mark a notification as read, with all earlier ones of its kind if the kind is grouped."""
    which = Q(pk=notification.pk)
    if notification.kind in Notification.GROUPED:
        which = Q(kind=notification.kind, pk__lte=notification.pk)
    _read(notification.user_id, which)


@transaction.atomic
def mark_all_notifications_as_read(user: User, *, upto: int) -> None:
    """Mark all notifications of a user up to the id `upto` as read."""
    _read(user.pk, Q(pk__lte=upto))


def _read(user_id: int, which: Q) -> None:
    lock_users(user_id)
    if Notification.objects.filter(which, user=user_id).unread().update(read_at=timezone.now()):
        recount_unread([user_id])


@transaction.atomic
def delete_old_notifications() -> bool:
    """Delete up to DELETION_SLICE notifications older than NOTIFICATION_DAYS, and return whether there were any."""
    old = Notification.objects.filter(created_at__lt=timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS))
    ids = list(old.values_list("pk", flat=True)[:DELETION_SLICE])
    return bool(_delete(Notification.objects.filter(pk__in=ids)))


def _delete(notifications: QuerySet[Notification]) -> int:
    """Delete notifications, and return how many users had one."""
    people = set(notifications.values_list("user", flat=True))
    if people:
        lock_users(*people)
        notifications.delete()
        recount_unread(people)
    return len(people)
