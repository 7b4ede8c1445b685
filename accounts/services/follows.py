"""Who follows whom."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from accounts.models import Follow, User
from microblog.core.exceptions import DomainError


class CannotFollow(DomainError):
    """People cannot follow themselves."""

    def __init__(self) -> None:
        super().__init__(_("You cannot follow yourself!"))


@transaction.atomic
def follow_user(person: User, *, actor: User) -> bool:
    """
    Let `actor` follow a person, and return whether that is new. Repeating it is harmless.

    Raise CannotFollow for oneself. The caller has checked that the actor may see the person.
    """
    if person.pk == actor.pk:
        raise CannotFollow
    _follow, is_new = Follow.objects.get_or_create(follower=actor, followed=person)
    if is_new:
        _move_follow_counters(actor=actor, person=person, by=1)
    return is_new


@transaction.atomic
def unfollow_user(person: User, *, actor: User) -> bool:
    """Let `actor` no longer follow a person, and return whether they did. Repeating it is harmless."""
    deleted, _by_model = Follow.objects.filter(follower=actor, followed=person).delete()
    if deleted:
        _move_follow_counters(actor=actor, person=person, by=-1)
    return bool(deleted)


def _move_follow_counters(*, actor: User, person: User, by: int) -> None:
    """Move both counters, the lower id first, so that two people who follow each other at once never deadlock."""
    for pk, counter in sorted([(actor.pk, "following_count"), (person.pk, "follower_count")]):
        User.objects.filter(pk=pk).update(**{counter: Greatest(F(counter) + by, Value(0))})
    actor.refresh_from_db(fields=["following_count"])
    person.refresh_from_db(fields=["follower_count"])
