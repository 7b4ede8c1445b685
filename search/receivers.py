"""
Keep the indexes in sync with the rows: one receiver per document, and one for the posts of users.

Entries in the database change in the row's transaction; Elasticsearch is updated by a task.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal, receiver

from accounts.models import User
from microblog.core.changes import rows_changed, watch
from posts.models import Post
from search import tasks
from search.documents import PersonDocument, PostDocument, Searchable
from search.engines.base import Snapshot
from search.engines.database import DatabaseEngine
from search.indexing import index_in_database

CHANGES = [post_save, post_delete, rows_changed]
VISIBILITY_FIELDS = frozenset({"suspended_at", "deactivated_at"})

watch(Post, PostDocument.watched)
watch(User, PersonDocument.watched)


@receiver(CHANGES, sender=Post, dispatch_uid="search.posts")
def posts_changed(**change: Any) -> None:
    """Index created, changed or deleted posts."""
    update_indexes(PostDocument, **change)


@receiver(CHANGES, sender=User, dispatch_uid="search.people")
def people_changed(**change: Any) -> None:
    """Index created, changed or deleted users."""
    update_indexes(PersonDocument, **change)


@receiver([post_save, rows_changed], sender=User, dispatch_uid="search.posts_of_people")
def visibility_changed(
    instance: User | None = None, ids: Any = (), update_fields: Any = None, created: bool = False, **change: Any
) -> None:
    """Index or remove the posts of users whose visibility changed."""
    fields = update_fields if update_fields is not None else VISIBILITY_FIELDS if instance and not created else ()
    if not VISIBILITY_FIELDS.isdisjoint(fields):
        for pk in [instance.pk] if instance else ids:
            tasks.index_posts_of.enqueue(pk, 0)


def update_indexes(
    document: type[Searchable],
    *,
    signal: Signal,
    instance: Model | None = None,
    ids: Collection[int] = (),
    created: bool = False,
    raw: bool = False,
    update_fields: Collection[str] | None = None,
    **_rest: Any,
) -> None:
    """Update the indexes after a signal of Django's or `rows_changed`, in its transaction."""
    if raw or (update_fields is not None and document.watched.isdisjoint(update_fields)):
        return
    if instance is None:
        _index(document, ids)
    elif signal is post_delete:
        DatabaseEngine().write(document, Snapshot({}, [instance.pk], 0))
        tasks.enqueue_writes(document, [instance.pk])
    elif created:
        # The row is loaded already: this runs for every new post.
        if document.is_public(instance):
            DatabaseEngine().write(document, Snapshot({instance.pk: document.of(instance)}, [], 0))
        tasks.enqueue_writes(document, [instance.pk])
    else:
        _index(document, [instance.pk])


@transaction.atomic
def _index(document: type[Searchable], ids: Collection[int]) -> None:
    index_in_database(document, ids)
    tasks.enqueue_writes(document, ids)
