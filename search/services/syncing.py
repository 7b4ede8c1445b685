"""
How the indexes follow the rows.

The database's entries change in the transaction of the row; Elasticsearch follows by a job.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.db.models.signals import post_delete
from django.dispatch import Signal

from search import tasks
from search.documents import DOCUMENTS, Searchable
from search.engines.base import Snapshot
from search.engines.database import DatabaseEngine
from search.indexing import index_in_database


def follow(
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
    """Let the indexes follow a change that Django's signals or `rows_changed` announce, in its transaction."""
    if raw or (update_fields is not None and document.watched.isdisjoint(update_fields)):
        return
    if instance is None:
        _index(document, ids)
    elif signal is post_delete:
        DatabaseEngine().write(document, Snapshot({}, [instance.pk], 0))
        tasks.enqueue_writes(document, [instance.pk])
    elif created:
        # What is in the row is known: this is the way of every new post.
        if document.is_public(instance):
            DatabaseEngine().write(document, Snapshot({instance.pk: document.of(instance)}, [], 0))
        tasks.enqueue_writes(document, [instance.pk])
    else:
        _index(document, [instance.pk])


@transaction.atomic
def _index(document: type[Searchable], ids: Collection[int]) -> None:
    index_in_database(document, ids)
    tasks.enqueue_writes(document, ids)


def follow_standing(author_ids: Iterable[int]) -> None:
    """Have the posts of people come and go with their standing, by jobs."""
    for pk in author_ids:
        tasks.index_posts_of.enqueue(pk, 0)


def enqueue_repairs() -> None:
    """Enqueue the comparison of all indexes with the rows, and their repair."""
    for kind in DOCUMENTS:
        tasks.mend_slice.enqueue(kind, 0)
