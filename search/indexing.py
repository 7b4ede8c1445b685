"""
Write index entries from rows.

Rows are read again whenever they are indexed, so neither the order nor the repetition of writes matters.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction

from accounts.models import User
from search.documents import DOCUMENTS, AuthoredDocument, Searchable
from search.engines.base import Snapshot
from search.engines.database import DatabaseEngine
from search.engines.elasticsearch import ElasticsearchEngine

# Rows per statement, or per request to the engine.
SLICE = 500


def take_snapshot(document: type[Searchable], ids: Collection[int]) -> Snapshot:
    """Return the documents with these ids as their rows are now."""
    read_at = now_in_microseconds()
    rows = {pk: document.of(row) for pk, row in document.with_ids(ids).items()}
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
    for snapshot in _snapshots(document, ids):
        DatabaseEngine().write(document, snapshot)


def index_in_elasticsearch(references: Iterable[str]) -> None:
    """Index rows, given as "posts:12", in Elasticsearch. Raise SearchUnavailable."""
    if not settings.ELASTICSEARCH_URL:
        return
    by_kind: dict[str, list[int]] = {}
    for reference in references:
        kind, _colon, row_id = reference.partition(":")
        by_kind.setdefault(kind, []).append(int(row_id))
    for kind, ids in by_kind.items():
        for snapshot in _snapshots(DOCUMENTS[kind], dict.fromkeys(ids)):
            ElasticsearchEngine().write(DOCUMENTS[kind], snapshot)


def _snapshots(document: type[Searchable], ids: Iterable[int]) -> Iterator[Snapshot]:
    ids, size = list(ids), min(SLICE, document.batch)
    for start in range(0, len(ids), size):
        yield take_snapshot(document, ids[start : start + size])


def index_texts_of(document: type[AuthoredDocument], author_id: int, after: int) -> tuple[set[int], int | None]:
    """
    Index or remove, in the database, those of a slice of a user's texts whose entry is missing or orphaned.

    Return their ids and the id after which the next slice starts; None after the last slice, or when this one needed
    no change: later slices then need none either.
    """
    ids = list(
        document.between(after, limit=SLICE, rows=lambda model: document.unhidden(model).filter(author=author_id))
    )
    known = document.entries._base_manager.filter(pk__in=ids).values_list("pk", flat=True)
    is_public = User.objects.visible_to(AnonymousUser()).filter(pk=author_id).exists()
    moved = set(known) ^ set(ids if is_public else ())
    index_in_database(document, moved)
    return moved, ids[-1] if moved and len(ids) == SLICE else None
