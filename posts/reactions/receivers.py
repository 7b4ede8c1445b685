"""Receivers of signals of accounts, relationships and posts."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving, visibility_changed
from posts.models import Post
from posts.reactions import tasks
from posts.reactions.services import delete_reactions_of
from relationships.signals import block_changed, mute_changed


@receiver([post_save, post_delete], sender=Post, dispatch_uid="reactions.notify_liked")
def notify_liked(
    instance: Post, raw: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Enqueue the notification of likes of a post that is hidden, restored or deleted."""
    if not raw and instance.like_count and (update_fields is None or "hidden_at" in update_fields):
        tasks.notify_liked.enqueue(instance.pk, instance.author_id)


@receiver(account_leaving, dispatch_uid="reactions.delete_reactions")
def delete_reactions(user: User, **kwargs: Any) -> int:
    """Delete a batch of the likes and bookmarks of a user whose account is being deleted."""
    return delete_reactions_of(user)


@receiver(visibility_changed, dispatch_uid="reactions.review_likes")
def review_likes(user: User, **kwargs: Any) -> None:
    """Enqueue a review of the likes of a user that appears or disappears."""
    tasks.review_likes.enqueue(user.pk, 0, 0)


@receiver(block_changed, dispatch_uid="reactions.review_likes_after_block")
def review_likes_after_block(blocker: User, blocked: User, **kwargs: Any) -> None:
    """Enqueue a review of the likes of two users of posts of each other."""
    tasks.review_likes.enqueue(blocker.pk, blocked.pk, 0)
    tasks.review_likes.enqueue(blocked.pk, blocker.pk, 0)


@receiver(mute_changed, dispatch_uid="reactions.review_likes_after_mute")
def review_likes_after_mute(muter: User, muted: User, **kwargs: Any) -> None:
    """Enqueue a review of the likes of a user of posts of one that mutes or unmutes them."""
    tasks.review_likes.enqueue(muted.pk, muter.pk, 0)
