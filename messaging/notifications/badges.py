"""
The counters on a person's row that badges show, and the stamps that tell open pages when they changed.

A stamp is in microseconds of Unix time. It is given under the lock of the row, which is held until the transaction
ends, and always exceeds the ones before: of two changes the later stamp is committed later, so that whoever asks for
what is newer than a stamp misses nothing, whatever the clocks of the servers say.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, F, Sum, Value
from django.db.models.functions import Greatest

from accounts.models import User


def lock(*user_ids: int) -> dict[int, User]:
    """
    Lock the rows of people until the transaction ends, and return them as they are now.

    The lowest id first, so that two transactions with the same people never wait for each other.
    """
    people = User.objects.filter(pk__in=user_ids).order_by("pk")
    return {person.pk: person for person in people.select_for_update(no_key=True)}


def move_unread(user_id: int, *, messages: int | None = None, notifications: int | None = None) -> None:
    """Move the counters of unread messages, of unread notifications, or both; None, unlike 0, leaves a stamp alone."""
    now = Value(time.time_ns() // 1000, output_field=BigIntegerField())
    stamp = Greatest(now, F("message_stamp") + 1, F("notification_stamp") + 1)
    changes: dict[str, Any] = {}
    for name, by in (("message", messages), ("notification", notifications)):
        if by is not None:
            counter = f"unread_{name}_count"
            changes |= {counter: Greatest(F(counter) + by, Value(0)), f"{name}_stamp": stamp}
    User.objects.filter(pk=user_id).update(**changes)


@transaction.atomic
def recount_unread(ids: Iterable[int], *, dry_run: bool = False) -> list[tuple[str, str, int, int]]:
    """
    Count what these people have not read of all that they may see, and set right the counters that differ.

    Return a tuple (username, counter, stored, counted) for each that was wrong. Locks the people's rows.
    """
    wrong = []
    for person in lock(*ids).values():
        unread = person.participations.of(person).aggregate(count=Sum("unread_count", default=0))["count"]
        counted = {"messages": unread, "notifications": person.notifications.of(person).unread().count()}
        stored = {"messages": person.unread_message_count, "notifications": person.unread_notification_count}
        changes = {name: count - stored[name] for name, count in counted.items() if count != stored[name]}
        wrong += [(person.username, f"unread_{name[:-1]}_count", stored[name], counted[name]) for name in changes]
        if changes and not dry_run:
            move_unread(person.pk, **changes)
    return wrong
