"""Receivers of signals of accounts and posts."""

from typing import Any

from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving, visibility_changed
from microblog.core.changes import rows_changed
from posts import tasks
from posts.models import Post
from posts.services import delete_posts_of
from posts.threads.services import keep_place


@receiver(account_leaving, dispatch_uid="posts.delete_posts")
def delete_posts(user: User, **kwargs: Any) -> int:
    """Delete a batch of the posts of a user that is being deleted."""
    return delete_posts_of(user)


@receiver(visibility_changed, dispatch_uid="posts.recount_parents")
def count_after_visibility(user: User, **kwargs: Any) -> None:
    """Enqueue a recount of the posts that a user replied to."""
    tasks.recount_parents.enqueue(user.pk, 0)


@receiver([post_save, post_delete], sender=Post, dispatch_uid="posts.notify_mentioned")
def notify_mentioned(
    instance: Post, raw: bool = False, update_fields: frozenset[str] | None = None, **kwargs: Any
) -> None:
    """Enqueue the notifications of a post that is written, edited or deleted."""
    is_addressed = instance.addressee_id is not None or not {"@", "＠"}.isdisjoint(instance.body)
    if not raw and (is_addressed or "body" in (update_fields or ())):
        tasks.notify_mentioned.enqueue(instance.pk, instance.author_id)


@receiver(post_delete, sender=Post, dispatch_uid="posts.keep_place_of_deleted")
def keep_place_of_deleted(instance: Post, **kwargs: Any) -> None:
    """Keep the place of a deleted post in its thread."""
    keep_place(instance)


@receiver(rows_changed, sender=Post, dispatch_uid="posts.notify_mentioned_in_rows")
def notify_mentioned_in_rows(ids: list[int], update_fields: set[str] | None, **kwargs: Any) -> None:
    """Enqueue the notifications of posts that are hidden or restored."""
    if update_fields and "hidden_at" in update_fields:
        concerned = Q(addressee__isnull=False) | Q(body__contains="@") | Q(body__contains="＠")
        tasks.notify_mentioned.enqueue_each(Post.objects.filter(concerned, pk__in=ids).values_list("pk", "author"))
