"""Services of blocks and mutes."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from microblog.core.exceptions import DomainError
from relationships.models import Block, Mute
from relationships.services.follows import lock_pair, unfollow_user
from relationships.signals import block_changed, mute_changed


class CannotBlock(DomainError):
    """Users cannot block or mute themselves."""


@transaction.atomic
def block_user(person: User, *, actor: User) -> bool:
    """
    Block a user, which hides both from each other and ends follows between them. Return whether that is new.

    Repeating it is harmless. Raise CannotBlock for the actor.
    """
    if person.pk == actor.pk:
        raise CannotBlock(_("You cannot block yourself!"))
    lock_pair(person, actor)
    _block, is_new = Block.objects.get_or_create(blocker=actor, blocked=person)
    if is_new:
        unfollow_user(person, actor=actor)
        unfollow_user(actor, actor=person)
        _update_has_blocks(actor, person)
        block_changed.send(sender=Block, blocker=actor, blocked=person)
    return is_new


@transaction.atomic
def unblock_user(person: User, *, actor: User) -> bool:
    """
    Remove a block, and return whether there was one. Repeating it is harmless.

    Follows that the block ended are not restored.
    """
    lock_pair(person, actor)
    deleted, _by_model = Block.objects.filter(blocker=actor, blocked=person).delete()
    if deleted:
        _update_has_blocks(actor, person)
        block_changed.send(sender=Block, blocker=actor, blocked=person)
    return bool(deleted)


@transaction.atomic
def mute_user(person: User, *, actor: User) -> bool:
    """
    Mute a user in the actor's timelines and notifications, and return whether that is new.

    The user is not notified. Repeating it is harmless. Raise CannotBlock for the actor.
    """
    if person.pk == actor.pk:
        raise CannotBlock(_("You cannot mute yourself!"))
    lock_pair(person, actor)
    _mute, is_new = Mute.objects.get_or_create(muter=actor, muted=person)
    if is_new:
        _update_has_mutes(actor)
        mute_changed.send(sender=Mute, muter=actor, muted=person)
    return is_new


@transaction.atomic
def unmute_user(person: User, *, actor: User) -> bool:
    """Remove a mute, and return whether there was one. Repeating it is harmless."""
    lock_pair(person, actor)
    deleted, _by_model = Mute.objects.filter(muter=actor, muted=person).delete()
    if deleted:
        _update_has_mutes(actor)
        mute_changed.send(sender=Mute, muter=actor, muted=person)
    return bool(deleted)


def _update_has_blocks(*people: User) -> None:
    """Update `has_blocks` of users. Their rows must be locked."""
    blocks = Block.objects.filter(Q(blocker=OuterRef("pk")) | Q(blocked=OuterRef("pk")))
    User.objects.filter(pk__in=[person.pk for person in people]).update(has_blocks=Exists(blocks))
    for person in people:
        person.refresh_from_db(fields=["has_blocks"])


def _update_has_mutes(person: User) -> None:
    """Update `has_mutes` of a user. The row must be locked."""
    User.objects.filter(pk=person.pk).update(has_mutes=Exists(Mute.objects.filter(muter=OuterRef("pk"))))
    person.refresh_from_db(fields=["has_mutes"])
