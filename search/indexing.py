"""
Write index entries from rows.

Rows are read again whenever they are indexed, so neither the order nor the repetition of writes matters.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from django.conf import settings
from django.db import connection, transaction

from posts.models import Post
from search.documents import DOCUMENTS, PostDocument, Searchable
from search.engines.base import Snapshot
from search.engines.database import DatabaseEngine
from search.engines.elasticsearch import ElasticsearchEngine

# Rows per statement, or per request to the engine.
SLICE = 500


def take_snapshot(document: type[Searchable], ids: Collection[int]) -> Snapshot:
    """Return the documents of rows as they are now."""
    read_at = now_in_microseconds()
    rows = {row.pk: document.of(row) for row in document.public().filter(pk__in=ids)}
    return Snapshot(rows, [pk for pk in ids if pk not in rows], read_at)


def now_in_microseconds() -> int:
    """Return the time of the database's clock, which all processes share."""
    if connection.vendor != "postgresql":
        return time.time_ns() // 1_000
    with connection.cursor() as cursor:
        cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return int(cursor.fetchone()[0])


@transaction.atomic
def index_in_database(document: type[Searchable], ids: Collection[int]) -> None:
    """Index rows in the database; remove those that are not public."""
    ids = list(ids)
    for start in range(0, len(ids), SLICE):
        DatabaseEngine().write(document, take_snapshot(document, ids[start : start + SLICE]))


def index_in_elasticsearch(references: Iterable[str]) -> None:
    """Index rows, given as "posts:12", in Elasticsearch. Raise SearchUnavailable."""
    if not settings.ELASTICSEARCH_URL:
        return
    by_kind: dict[str, list[int]] = {}
    for reference in references:
        kind, _colon, row_id = reference.partition(":")
        by_kind.setdefault(kind, []).append(int(row_id))
    for kind, ids in by_kind.items():
        ElasticsearchEngine().write(DOCUMENTS[kind], take_snapshot(DOCUMENTS[kind], list(dict.fromkeys(ids))))


def index_posts_of(author_id: int, after: int) -> tuple[set[int], int | None]:
    """
    Index or remove, in the database, those of a slice of a user's posts whose entry is missing or orphaned.

    Return their ids and the id after which the next slice starts; None after the last slice, or when this one needed
    no change: later slices then need none either.
    """
    posts = Post.objects.filter(author=author_id, hidden_at=None, pk__gt=after)
    ids = list(posts.order_by("pk").values_list("pk", flat=True)[:SLICE])
    known = PostDocument.entries._base_manager.filter(pk__in=ids).values_list("pk", flat=True)
    public = PostDocument.public().filter(pk__in=ids).values_list("pk", flat=True)
    moved = set(known) ^ set(public)
    index_in_database(PostDocument, moved)
    return moved, ids[-1] if moved and len(ids) == SLICE else None
