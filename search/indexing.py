"""
Index entries written from the rows.

Rows are read again whenever they are indexed, so that neither order nor repetition of the writes matters.
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

# Rows that one statement, or one request to the engine, is about.
SLICE = 500


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


@transaction.atomic
def index_in_database(document: type[Searchable], ids: Collection[int]) -> None:
    """Read rows again and index them in the database; forget those that are not public."""
    ids = list(ids)
    for start in range(0, len(ids), SLICE):
        DatabaseEngine().write(document, take_snapshot(document, ids[start : start + SLICE]))


def index_in_elasticsearch(references: Iterable[str]) -> None:
    """Read rows such as "posts:12" again and index them in Elasticsearch. Raise EngineAway."""
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
    Index or forget, in the database, a slice of the posts of a user that are not as they should be.

    Return their ids and where the next slice begins; None when all in this one was as it should be, or it is the last.
    Then so is what lies behind it: either it has been reached before, or nothing had changed.
    """
    posts = Post.objects.filter(author=author_id, hidden_at=None, pk__gt=after)
    ids = list(posts.order_by("pk").values_list("pk", flat=True)[:SLICE])
    known = PostDocument.entries._base_manager.filter(pk__in=ids).values_list("pk", flat=True)
    public = PostDocument.public().filter(pk__in=ids).values_list("pk", flat=True)
    moved = set(known) ^ set(public)
    index_in_database(PostDocument, moved)
    return moved, ids[-1] if moved and len(ids) == SLICE else None
