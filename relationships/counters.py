"""Repair of the counters of posts and follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from accounts.querysets import people_visible_to
from relationships.models import Follow


@transaction.atomic
def recount(ids: Iterable[int], *, dry_run: bool = False) -> list[tuple[str, str, int, int]]:
    """
    Count the posts and follows of the users with these ids, and repair the counters that differ.

    Posts count unless hidden; follows count unless one of the two users is suspended or deactivated.
    Return a tuple (username, counter, stored, counted) for each wrong counter. Lock the users' rows in the order of
    their ids, so that no counter changes in the meantime.
    """
    people = list(User.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    follows = Follow.objects.filter(
        people_visible_to(AnonymousUser(), "follower__"), people_visible_to(AnonymousUser(), "followed__")
    )
    counted = {
        "post_count": dict(
            User.objects.filter(pk__in=[person.pk for person in people])
            .order_by()
            .values_list("pk")
            .annotate(count=Count("posts", filter=Q(posts__hidden_at=None, posts__repost_of=None)))
        ),
        "follower_count": _count_by(follows.filter(followed__in=people), "followed"),
        "following_count": _count_by(follows.filter(follower__in=people), "follower"),
    }
    wrong = []
    for person in people:
        right = {counter: by_person.get(person.pk, 0) for counter, by_person in counted.items()}
        changes = {name: value for name, value in right.items() if getattr(person, name) != value}
        wrong += [(person.username, name, getattr(person, name), value) for name, value in changes.items()]
        if changes and not dry_run:
            User.objects.filter(pk=person.pk).update(**changes)
    return wrong


def _count_by(rows: QuerySet[Any], field: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(field).annotate(count=Count("pk")))
