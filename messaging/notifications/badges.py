"""
The unread counters of a user, which badges show, and the stamps of their last changes, which open pages poll.

A stamp is a Unix time in microseconds. It is set while the user's row is locked, until the end of the transaction, and
always exceeds earlier stamps. Stamps are therefore committed in ascending order, and a poll for changes after a stamp
misses none, even if the clocks of servers differ.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, F, Sum, Value
from django.db.models.functions import Greatest

from accounts.models import User


def lock_users(*user_ids: int) -> dict[int, User]:
    """
    Lock the rows of users until the end of the transaction, and return the current rows by id.

    The lowest id first, so that concurrent transactions do not deadlock.
    """
    people = User.objects.filter(pk__in=user_ids).order_by("pk")
    return {person.pk: person for person in people.select_for_update(no_key=True)}


def add_to_unread(*user_ids: int, messages: int | None = None, notifications: int | None = None) -> None:
    """
    Add to the counters of unread messages and notifications of one or more users, whose rows are locked then.

    None, unlike 0, does not change the stamp.
    """
    now = Value(time.time_ns() // 1000, output_field=BigIntegerField())
    stamp = Greatest(now, F("message_stamp") + 1, F("notification_stamp") + 1)
    changes: dict[str, Any] = {}
    for name, by in (("message", messages), ("notification", notifications)):
        if by is not None:
            counter = f"unread_{name}_count"
            changes |= {counter: Greatest(F(counter) + by, Value(0)), f"{name}_stamp": stamp}
    User.objects.filter(pk__in=user_ids).update(**changes)


@transaction.atomic
def recount_unread(ids: Iterable[int], *, dry_run: bool = False) -> list[tuple[str, str, int, int]]:
    """
    Count the unread messages and notifications that users may see, and correct the counters that differ.

    Return (username, counter, stored, counted) of each wrong counter. Locks the rows of the users.
    """
    wrong = []
    for person in lock_users(*ids).values():
        unread = person.participations.of(person).aggregate(count=Sum("unread_count", default=0))["count"]
        counted = {"messages": unread, "notifications": person.notifications.of(person).unread().count()}
        stored = {"messages": person.unread_message_count, "notifications": person.unread_notification_count}
        changes = {name: count - stored[name] for name, count in counted.items() if count != stored[name]}
        wrong += [(person.username, f"unread_{name[:-1]}_count", stored[name], counted[name]) for name in changes]
        if changes and not dry_run:
            add_to_unread(person.pk, **changes)
    return wrong
