"""
Keep the indexes in sync with the rows: one receiver per document, one for tags, and one for the texts of users.

Entries in the database change in the row's transaction; Elasticsearch is updated by a task.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import Signal, receiver

from accounts.models import User
from blog.models import Entry, Snippet
from microblog.core.changes import rows_changed, watch
from posts.models import Post
from search import tasks
from search.documents import AUTHORED, DOCUMENTS, PersonDocument, PostDocument, PublicationDocument, Searchable
from search.engines.base import Snapshot
from search.engines.database import DatabaseEngine
from search.indexing import index_in_database

CHANGES = [post_save, post_delete, rows_changed]
VISIBILITY_FIELDS = frozenset({"suspended_at", "deactivated_at"})

for _document in DOCUMENTS.values():
    for _model in _document.models:
        watch(_model, _document.watched)


@receiver(CHANGES, sender=Post, dispatch_uid="search.posts")
def posts_changed(**change: Any) -> None:
    """Index created, changed or deleted posts."""
    update_indexes(PostDocument, **change)


@receiver(CHANGES, sender=User, dispatch_uid="search.people")
def people_changed(**change: Any) -> None:
    """Index created, changed or deleted users."""
    update_indexes(PersonDocument, **change)


@receiver(CHANGES, sender=Entry, dispatch_uid="search.entries")
@receiver(CHANGES, sender=Snippet, dispatch_uid="search.snippets")
def publications_changed(sender: type[Model], ids: Collection[int] = (), **change: Any) -> None:
    """Index created, changed or deleted entries and snippets."""
    ids = PublicationDocument.ids_of(sender, ids) if ids else ()
    update_indexes(PublicationDocument, ids=ids, **change)


@receiver(m2m_changed, sender=Entry.tags.through, dispatch_uid="search.tags")
def tags_changed(instance: Model, action: str, reverse: bool, signal: Signal, **_change: Any) -> None:
    """Index entries with changed tags."""
    if action.startswith("post_") and not reverse:
        update_indexes(PublicationDocument, signal=signal, instance=instance)


@receiver([post_save, rows_changed], sender=User, dispatch_uid="search.texts_of_people")
def visibility_changed(
    instance: User | None = None, ids: Any = (), update_fields: Any = None, created: bool = False, **change: Any
) -> None:
    """Index or remove the texts of users after their visibility has changed."""
    fields = update_fields if update_fields is not None else VISIBILITY_FIELDS if instance and not created else ()
    if not VISIBILITY_FIELDS.isdisjoint(fields):
        for pk in [instance.pk] if instance else ids:
            for document in AUTHORED:
                tasks.index_texts_of.enqueue(pk, document.kind, 0)


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
        return
    pk = document.id_of(instance)
    if pk is None:
        return
    if signal is post_delete:
        DatabaseEngine().write(document, Snapshot({}, [pk], 0))
        tasks.enqueue_writes(document, [pk])
    elif created:
        # The row is loaded already: this runs for every new post.
        if document.is_public(instance):
            DatabaseEngine().write(document, Snapshot({pk: document.of(instance)}, [], 0))
        tasks.enqueue_writes(document, [pk])
    else:
        _index(document, [pk])


@transaction.atomic
def _index(document: type[Searchable], ids: Collection[int]) -> None:
    index_in_database(document, ids)
    tasks.enqueue_writes(document, ids)
