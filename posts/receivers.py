"""What posts do when something happens to accounts."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from accounts.models import User
from accounts.signals import account_leaving
from microblog.core.jobs import enqueue
from posts.models import Export
from posts.services import delete_posts_of


@receiver(account_leaving, dispatch_uid="posts.delete_posts")
def delete_posts(user: User, **kwargs: Any) -> int:
    """Delete a slice of the posts of somebody who leaves."""
    return delete_posts_of(user)


@receiver(post_delete, sender=Export, dispatch_uid="posts.delete_export_files")
def delete_files(instance: Export, **kwargs: Any) -> None:
    """Let the files of an export go with it, be it with the account."""
    enqueue("posts.jobs.delete_export_files", instance.pk)
