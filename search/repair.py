"""Rebuild indexes; detect and repair their drift from the rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from microblog.core.pagination import LARGEST_ID
from search.documents import DOCUMENTS, Searchable
from search.engines.base import Differences, Engine, Snapshot
from search.engines.database import DatabaseEngine
from search.engines.elasticsearch import ElasticsearchEngine
from search.indexing import now_in_microseconds, take_snapshot

# Rows per comparison or write.
SLICE = 1_000
# Slices per run of the job.
SLICES_PER_JOB = 10
# Concurrent write requests while further rows are read.
AHEAD = 3


@dataclass
class Comparison:
    """The differences of an index from the rows, and whether they were repaired."""

    engine: str
    kind: str
    compared: int = 0
    differences: Differences = field(default_factory=Differences)
    is_repaired: bool = False


def engines() -> dict[str, Engine]:
    """Return the engines in use by name."""
    engines: dict[str, Engine] = {"database": DatabaseEngine()}
    if settings.ELASTICSEARCH_URL:
        engines["elasticsearch"] = ElasticsearchEngine()
    return engines


def check(kind: str, engine_name: str, *, repair: bool = False) -> Comparison:
    """Compare the whole index of a kind with the rows, and repair it on request. Raise SearchUnavailable."""
    comparison = Comparison(engine_name, kind, is_repaired=repair)
    _refresh(engines()[engine_name], DOCUMENTS[kind])
    after: int | None = 0
    while after is not None:
        after = _check_slice(comparison, after)
    return comparison


def repair_slice(kind: str, after: int) -> int | None:
    """
    Repair up to SLICES_PER_JOB slices of each index of a kind, from the id `after` on.

    Return the id after which the next run starts, None when the indexes are complete. Raise SearchUnavailable.
    """
    reached: list[int] = []
    for name, engine in engines().items():
        if isinstance(engine, ElasticsearchEngine) and not engine.has_index(DOCUMENTS[kind]):
            continue  # it is built by `search_index`
        _refresh(engine, DOCUMENTS[kind])
        comparison, upto = Comparison(name, kind, is_repaired=True), after
        for _slice in range(SLICES_PER_JOB):
            following = _check_slice(comparison, upto)
            if following is None:
                break
            upto = following
        else:
            reached.append(upto)
    return min(reached, default=None)


def _check_slice(comparison: Comparison, after: int) -> int | None:
    """Add the differences of the next slice to a comparison, and repair them if it does; return the next `after`."""
    document, engine = DOCUMENTS[comparison.kind], engines()[comparison.engine]
    found, upto, count = _compare(document, engine, after)
    if found.ids:
        # Rows that changed concurrently are not drift: keep only the differences found twice.
        _refresh(engine, document)
        again = engine.compare(document, _documents(document.between(after, upto), document), after=after, upto=upto)
        for name in ("missing", "stale", "orphaned"):
            ids = sorted(set(getattr(found, name)) & set(getattr(again, name)))
            getattr(comparison.differences, name).extend(ids)
            if ids and comparison.is_repaired:
                engine.write(document, take_snapshot(document, ids))
    comparison.compared += count
    return upto if upto != LARGEST_ID else None


def _refresh(engine: Engine, document: type[Searchable]) -> None:
    if isinstance(engine, ElasticsearchEngine):
        engine.refresh(document)


def _compare(document: type[Searchable], engine: Engine, after: int) -> tuple[Differences, int, int]:
    size = min(SLICE, document.batch)
    documents = _documents(document.between(after, limit=size), document)
    upto = max(documents) if len(documents) == size else LARGEST_ID
    return engine.compare(document, documents, after=after, upto=upto), upto, len(documents)


def _documents(rows: dict[int, Any], document: type[Searchable]) -> dict[int, dict[str, Any]]:
    return {pk: document.of(row) for pk, row in rows.items()}


def rebuild(kind: str, engine_name: str, *, progress: Callable[[int], object] = int) -> int:
    """
    Rebuild an index while searches and writes continue, and return the number of rows in it.

    In Elasticsearch the new index replaces the former one at the end, in the database entries are rewritten in place.
    Raise RebuildTakenOver when another rebuild began in the meantime, or SearchUnavailable; the former index stays.
    """
    document = DOCUMENTS[kind]
    if engine_name == "database":
        database = DatabaseEngine()
        count = 0
        for snapshot in _snapshots(document):
            database.write(document, snapshot)
            count += len(snapshot.rows)
            progress(count)
        check(kind, engine_name, repair=True)
        return count
    engine = ElasticsearchEngine()
    index = engine.begin(document)
    count = 0
    with ThreadPoolExecutor(max_workers=AHEAD) as pool:
        writes: deque[Future[None]] = deque()
        for snapshot in _snapshots(document):
            writes.append(pool.submit(engine.fill, document, snapshot))
            if len(writes) >= AHEAD:
                writes.popleft().result()
            count += len(snapshot.rows)
            progress(count)
        for write in writes:
            write.result()
    engine.finish(document, index)
    return count


def _snapshots(document: type[Searchable]) -> Iterator[Snapshot]:
    """Yield snapshots of all public rows."""
    after = 0
    while True:
        read_at = now_in_microseconds()
        rows = _documents(document.between(after, limit=min(SLICE, document.batch)), document)
        if not rows:
            return
        yield Snapshot(rows, [], read_at)
        after = max(rows)
