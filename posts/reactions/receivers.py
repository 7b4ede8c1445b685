"""Receivers of signals of accounts, relationships and posts."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving, visibility_changed
from microblog.core.changes import rows_changed
from posts.models import Post
from posts.reactions import tasks
from posts.reactions.deletion import delete_reactions_of
from relationships.signals import block_changed, mute_changed


@receiver(post_delete, sender=Post, dispatch_uid="reactions.notify_author")
def notify_author(instance: Post, **kwargs: Any) -> None:
    """Enqueue the notifications of likes and reposts of a post that is deleted."""
    for counter, notify in tasks.NOTIFIERS.items():
        if getattr(instance, counter):
            notify.enqueue(instance.pk, instance.author_id)


@receiver(rows_changed, sender=Post, dispatch_uid="reactions.notify_authors")
def notify_authors(ids: list[int], update_fields: set[str] | None, **kwargs: Any) -> None:
    """Enqueue the notifications of likes and reposts of posts that are hidden or restored."""
    for counter, notify in tasks.NOTIFIERS.items() if "hidden_at" in (update_fields or ()) else ():
        reacted = Post.objects.filter(**{f"{counter}__gt": 0}, pk__in=ids)
        notify.enqueue_each(reacted.values_list("pk", "author"))


@receiver(post_delete, sender=Post, dispatch_uid="reactions.delete_reposts")
def delete_reposts(instance: Post, **kwargs: Any) -> None:
    """Enqueue the deletion of the reposts of a deleted post."""
    if instance.repost_of_id is None and Post.objects.filter(repost_of=instance.pk).exists():
        tasks.delete_reposts.enqueue(instance.pk)


@receiver(account_leaving, dispatch_uid="reactions.delete_reactions")
def delete_reactions(user: User, **kwargs: Any) -> int:
    """Delete a batch of the likes and bookmarks of a user that is being deleted."""
    return delete_reactions_of(user)


@receiver(visibility_changed, dispatch_uid="reactions.review_reactions")
def review_reactions(user: User, **kwargs: Any) -> None:
    """Enqueue a review of the likes and reposts of a user that appears or disappears."""
    _review(user.pk)


@receiver(block_changed, dispatch_uid="reactions.review_reactions_after_block")
def review_reactions_after_block(blocker: User, blocked: User, **kwargs: Any) -> None:
    """Enqueue a review of the likes and reposts of two users of posts of each other."""
    _review(blocker.pk, blocked.pk)
    _review(blocked.pk, blocker.pk)


@receiver(mute_changed, dispatch_uid="reactions.review_reactions_after_mute")
def review_reactions_after_mute(muter: User, muted: User, **kwargs: Any) -> None:
    """Enqueue a review of the likes and reposts of a user of posts of one that mutes or unmutes them."""
    _review(muted.pk, muter.pk)


def _review(user_id: int, author_id: int = 0) -> None:
    """Enqueue a review of the likes and reposts of a user, of the posts of one author or of all."""
    tasks.review_likes.enqueue(user_id, author_id, 0)
    tasks.review_reposts.enqueue(user_id, author_id, 0)
