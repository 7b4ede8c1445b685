"""What posts do when something happens to accounts, and what follows when something happens to posts."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving
from posts import tasks
from posts.models import Post
from posts.services import delete_posts_of


@receiver(account_leaving, dispatch_uid="posts.delete_posts")
def delete_posts(user: User, **kwargs: Any) -> int:
    """Delete a slice of the posts of somebody who leaves."""
    return delete_posts_of(user)


@receiver([post_save, post_delete], sender=Post, dispatch_uid="posts.tell_mentioned")
def tell_mentioned(
    instance: Post, raw: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Let those be told whom a post mentions, and no others, now that it is written, changed, hidden or gone."""
    if not raw and (not {"@", "＠"}.isdisjoint(instance.body) or "body" in (update_fields or ())):
        tasks.tell_mentioned.enqueue(instance.pk, instance.author_id)
