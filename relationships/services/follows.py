"""Services of follows."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.querysets import people_visible_to
from microblog.core.bidi import isolated
from microblog.core.exceptions import DomainError
from relationships import tasks
from relationships.models import Block, Follow
from relationships.signals import user_followed, user_unfollowed


class CannotFollow(DomainError):
    """Users cannot follow themselves, nor a user where one of the two blocks the other."""


class CannotHideReposts(DomainError):
    """The user does not follow the person, so that there is nothing to hide or show."""


@transaction.atomic
def follow_user(person: User, *, actor: User) -> bool:
    """
    Follow a user, and return whether that is new. Repeating it is harmless.

    Raise CannotFollow for the actor, and where one of the two blocks the other. The caller must have checked that the
    user is visible to the actor.
    """
    if person.pk == actor.pk:
        raise CannotFollow(_("You cannot follow yourself!"))
    lock_pair(person, actor)
    if Block.objects.filter(Q(blocker=actor, blocked=person) | Q(blocker=person, blocked=actor)).exists():
        raise CannotFollow(_("User %(username)s not found.") % isolated(username=person.username))
    _follow, is_new = Follow.objects.get_or_create(follower=actor, followed=person)
    if is_new:
        _move_follow_counters(actor=actor, person=person, by=1)
        user_followed.send(sender=Follow, follower=actor, followed=person)
    return is_new


@transaction.atomic
def unfollow_user(person: User, *, actor: User) -> bool:
    """Unfollow a user, and return whether the actor followed them. Repeating it is harmless."""
    lock_pair(person, actor)
    deleted, _by_model = Follow.objects.filter(follower=actor, followed=person).delete()
    if deleted:
        _move_follow_counters(actor=actor, person=person, by=-1)
        user_unfollowed.send(sender=Follow, follower=actor, followed=person)
    return bool(deleted)


def hide_reposts(person: User, *, actor: User) -> bool:
    """
    Hide what a followed user reposts from the actor's home timeline, and return whether that is new.

    Repeating it is harmless; it ends with the follow. Raise CannotHideReposts if the actor does not follow them.
    """
    return _set_hides_reposts(person, actor, hides=True)


def show_reposts(person: User, *, actor: User) -> bool:
    """Show what a followed user reposts again, and return whether it was hidden. As in hide_reposts()."""
    return _set_hides_reposts(person, actor, hides=False)


def _set_hides_reposts(person: User, actor: User, *, hides: bool) -> bool:
    follows = Follow.objects.filter(follower=actor, followed=person)
    is_new = bool(follows.exclude(hides_reposts=hides).update(hides_reposts=hides))
    if not is_new and not follows.exists():
        text = _("You only see reposts by people you follow. Follow %(username)s first.")
        raise CannotHideReposts(text % isolated(username=person.username))
    return is_new


def lock_pair(one: User, other: User) -> None:
    """
    Lock the rows of two users, so that only one transaction at a time changes relationships between them.

    The lower id is locked first, which prevents deadlocks of concurrent actions on each other.
    """
    pair = User.objects.filter(pk__in=[one.pk, other.pk])
    list(pair.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _move_follow_counters(*, actor: User, person: User, by: int) -> None:
    """Update both counters, or enqueue a recount if one of the two is hidden: their follows do not count."""
    if User.objects.filter(people_visible_to(AnonymousUser()), pk__in=[actor.pk, person.pk]).count() < 2:
        tasks.recount_people.enqueue(actor.pk, person.pk)
        return
    for pk, counter in [(actor.pk, "following_count"), (person.pk, "follower_count")]:
        User.objects.filter(pk=pk).update(**{counter: Greatest(F(counter) + by, Value(0))})
    actor.refresh_from_db(fields=["following_count"])
    person.refresh_from_db(fields=["follower_count"])
