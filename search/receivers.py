"""What changes the indexes: for each document one receiver, and one for people whose posts come and go with them."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from accounts.models import User
from microblog.core.changes import rows_changed, watch
from posts.models import Post
from search.documents import PersonDocument, PostDocument
from search.services import follow, follow_standing

CHANGES = [post_save, post_delete, rows_changed]
STANDING = frozenset({"suspended_at", "deactivated_at"})

watch(Post, PostDocument.watched)
watch(User, PersonDocument.watched)


@receiver(CHANGES, sender=Post, dispatch_uid="search.posts")
def posts_changed(**change: Any) -> None:
    """Index posts that were written, changed or deleted."""
    follow(PostDocument, **change)


@receiver(CHANGES, sender=User, dispatch_uid="search.people")
def people_changed(**change: Any) -> None:
    """Index people who joined, changed or left."""
    follow(PersonDocument, **change)


@receiver([post_save, rows_changed], sender=User, dispatch_uid="search.posts_of_people")
def standing_changed(
    instance: User | None = None, ids: Any = (), update_fields: Any = None, created: bool = False, **change: Any
) -> None:
    """Index or forget the posts of people who may be seen by others from now on, or no longer."""
    fields = update_fields if update_fields is not None else STANDING if instance and not created else ()
    if not STANDING.isdisjoint(fields):
        follow_standing([instance.pk] if instance else ids)
