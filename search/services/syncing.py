"""
How the indexes follow the rows.

The database's entries change in the transaction of the row. What Elasticsearch must learn is owed through the outbox,
by a job that reads the rows again, so that neither order nor repetition matters.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model
from django.db.models.signals import post_delete
from django.dispatch import Signal

from jobs.outbox import enqueue, enqueue_each
from posts.models import Post
from search.documents import DOCUMENTS, PostDocument, Searchable
from search.engines.base import Snapshot
from search.engines.database import DatabaseEngine
from search.engines.elasticsearch import ElasticsearchEngine

# Rows that one statement, or one request to the engine, is about.
SLICE = 500
WRITE_OWED = "search.tasks.write_owed"
INDEX_POSTS_OF = "search.tasks.index_posts_of"


def take_snapshot(document: type[Searchable], ids: Collection[int]) -> Snapshot:
    """Read rows as they are now."""
    read_at = now_in_microseconds()
    rows = {row.pk: document.of(row) for row in document.public().filter(pk__in=ids)}
    return Snapshot(rows, [pk for pk in ids if pk not in rows], read_at)


def now_in_microseconds() -> int:
    """Return the time by the clock of the database, which all processes share."""
    if connection.vendor != "postgresql":
        return time.time_ns() // 1_000
    with connection.cursor() as cursor:
        cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return int(cursor.fetchone()[0])


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
        index(document, ids)
    elif signal is post_delete:
        DatabaseEngine().write(document, Snapshot({}, [instance.pk], 0))
        _owe(document, [instance.pk])
    elif created:
        # What is in the row is known: this is the way of every new post.
        if document.is_public(instance):
            DatabaseEngine().write(document, Snapshot({instance.pk: document.of(instance)}, [], 0))
        _owe(document, [instance.pk])
    else:
        index(document, [instance.pk])


@transaction.atomic
def index(document: type[Searchable], ids: Collection[int]) -> None:
    """Read rows again and index them; forget those that are not public."""
    ids = list(ids)
    for start in range(0, len(ids), SLICE):
        DatabaseEngine().write(document, take_snapshot(document, ids[start : start + SLICE]))
    _owe(document, ids)


def follow_standing(author_ids: Iterable[int]) -> None:
    """Have the posts of people come and go with their standing, by jobs."""
    for pk in author_ids:
        enqueue(INDEX_POSTS_OF, pk, 0, key=f"{INDEX_POSTS_OF}:{pk}:0")


@transaction.atomic
def index_posts_of(author_id: int, after: int) -> None:
    """
    Index or forget a slice of somebody's posts, and go on with the next one unless all in it is as it should be.

    Then so is what lies behind it: either it has been reached before, or nothing had changed.
    """
    posts = Post.objects.filter(author=author_id, hidden_at=None, pk__gt=after)
    ids = list(posts.order_by("pk").values_list("pk", flat=True)[:SLICE])
    known = PostDocument.entries._base_manager.filter(pk__in=ids).values_list("pk", flat=True)
    public = PostDocument.public().filter(pk__in=ids).values_list("pk", flat=True)
    if moved := set(known) ^ set(public):
        index(PostDocument, moved)
        if len(ids) == SLICE:
            enqueue(INDEX_POSTS_OF, author_id, ids[-1], key=f"{INDEX_POSTS_OF}:{author_id}:{ids[-1]}")


def write_owed(references: Iterable[str]) -> None:
    """Bring Elasticsearch up to date about rows such as "posts:12". Raise EngineAway."""
    if not settings.ELASTICSEARCH_URL:
        return
    by_kind: dict[str, list[int]] = {}
    for reference in references:
        kind, _colon, row_id = reference.partition(":")
        by_kind.setdefault(kind, []).append(int(row_id))
    for kind, ids in by_kind.items():
        ElasticsearchEngine().write(DOCUMENTS[kind], take_snapshot(DOCUMENTS[kind], list(dict.fromkeys(ids))))


def _owe(document: type[Searchable], ids: Iterable[int]) -> None:
    if settings.ELASTICSEARCH_URL:
        enqueue_each(WRITE_OWED, [f"{document.kind}:{pk}" for pk in ids])
