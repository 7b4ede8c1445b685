"""
Elasticsearch: orders hits by relevance.

Each kind of document has an index behind an alias. While another one is built to take its place, a second alias,
ending in ".next", leads to it, and whatever changes is written to both. Every write carries the time at which its row
was read, and the later one wins, in whatever order they arrive.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from elastic_transport import TransportError
from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from search.documents import Searchable
from search.engines.base import Differences, EngineAway, Hits, Snapshot
from search.engines.breaker import CircuitBreaker
from search.engines.elasticsearch_query import to_elasticsearch
from search.query import Query

logger = logging.getLogger(__name__)

# A page waits no longer for hits before the database searches.
SEARCH_SECONDS = 1.0
WRITE_SECONDS = 20.0
# Elasticsearch pages and counts no further.
COUNTED = 10_000

INDEX_SETTINGS = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    # For as long a deletion is remembered, and an older write of the row refused.
    "gc_deletes": "10m",
}

breaker = CircuitBreaker()


class RebuildTakenOver(Exception):
    """Another rebuild began after this one."""


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except BadRequestError:
        raise  # an error of this side, which no waiting mends
    except (ApiError, TransportError, AttributeError, KeyError, TypeError) as error:
        # The last ones are answers without what belongs in them, as of something that stands in between.
        raise EngineAway(f"{type(error).__name__}: {error}"[:500]) from error


class ElasticsearchEngine:
    """Talks to the server at ELASTICSEARCH_URL."""

    def __init__(self) -> None:
        self.client = _client(settings.ELASTICSEARCH_URL)

    def find(self, document: type[Searchable], query: Query, *, offset: int, limit: int) -> Hits:
        try:
            with breaker.watch(), _answering():
                hits = self.client.options(request_timeout=SEARCH_SECONDS).search(
                    index=_alias(document),
                    query=to_elasticsearch(document, query),
                    from_=offset,
                    size=limit,
                    sort=["_score", {"id": "desc"}],
                    source=False,
                    track_total_hits=COUNTED,
                    # A part of the hits is no answer.
                    allow_partial_search_results=False,
                )["hits"]
                ids = [int(hit["_id"]) for hit in hits["hits"]]
                return Hits(ids, hits["total"]["value"], is_more=hits["total"]["relation"] != "eq")
        except BadRequestError as error:
            logger.exception("The search engine refused a query")
            raise EngineAway("It refused the query.") from error

    def write(self, document: type[Searchable], snapshot: Snapshot) -> None:
        """Write to the index and to the one that is being built; without either there is nothing to do."""
        with _answering():
            exists = self.client.indices.exists_alias
            aliases = [name for name in (_alias(document), _next(document)) if exists(name=name)]
        for alias in aliases:
            self._write(alias, snapshot)

    def compare(
        self, document: type[Searchable], rows: dict[int, dict[str, Any]], *, after: int, upto: int
    ) -> Differences:
        differences = Differences(missing=sorted(rows))
        missing = set(rows)
        for pk, source in self._documents(_alias(document), after, upto):
            missing.discard(pk)
            if pk not in rows:
                differences.orphaned.append(pk)
            elif source != rows[pk]:
                differences.stale.append(pk)
        differences.missing = sorted(missing)
        return differences

    def refresh(self, document: type[Searchable]) -> None:
        """Let searches see all that was written. Raise EngineAway, also where there is no index."""
        with _answering():
            self.client.indices.refresh(index=_alias(document))

    def has_index(self, document: type[Searchable]) -> bool:
        """Tell whether there is an index that is whole."""
        with _answering():
            return bool(self.client.indices.exists_alias(name=_alias(document)))

    # --- Rebuilding ---

    def begin(self, document: type[Searchable]) -> str:
        """Make an empty index, to which changes are written from now on, and return its name."""
        index = f"{_alias(document)}.{datetime.now(UTC):%Y%m%d%H%M%S%f}"
        with _answering():
            kept = self._indexes_of(_alias(document))
            # Left over by a rebuild that ended early.
            for left_over in set(self.client.indices.get(index=f"{_alias(document)}.*")) - set(kept):
                self.client.indices.delete(index=left_over, ignore_unavailable=True)
            self.client.indices.create(
                index=index,
                mappings=document._doc_type.mapping.to_dict(),
                settings={**INDEX_SETTINGS, "refresh_interval": "-1"},
                aliases={_next(document): {}},
            )
        return index

    def fill(self, document: type[Searchable], snapshot: Snapshot) -> None:
        """Write to the index that is being built alone."""
        self._write(_next(document), snapshot)

    def finish(self, document: type[Searchable], index: str) -> None:
        """Let the index take the place of the former one, at once. Raise RebuildTakenOver."""
        try:
            with _answering():
                self.client.indices.put_settings(index=index, settings={"refresh_interval": None})
                self.client.indices.refresh(index=index)
                self.client.indices.update_aliases(
                    actions=[
                        {"remove": {"index": index, "alias": _next(document), "must_exist": True}},
                        {"add": {"index": index, "alias": _alias(document)}},
                        *({"remove_index": {"index": name}} for name in self._indexes_of(_alias(document))),
                    ]
                )
        except EngineAway as error:
            if isinstance(error.__cause__, NotFoundError):
                raise RebuildTakenOver(index) from error
            raise

    def _indexes_of(self, alias: str) -> list[str]:
        try:
            return list(self.client.indices.get_alias(name=alias))
        except NotFoundError:
            return []

    def _write(self, alias: str, snapshot: Snapshot) -> None:
        facts = {"_index": alias, "version": snapshot.read_at, "version_type": "external_gte"}
        operations: list[dict[str, Any]] = []
        for pk, source in snapshot.rows.items():
            operations += [{"index": {**facts, "_id": str(pk)}}, source]
        operations += [{"delete": {**facts, "_id": str(pk)}} for pk in snapshot.gone]
        if not operations:
            return
        with _answering():
            # An alias that is gone by now is no index to make.
            answer = self.client.bulk(operations=operations, require_alias=True)
            results = [result for item in answer["items"] for result in item.values()] if answer["errors"] else []
        for result in results:
            status = result["status"]
            if status in (200, 201, 404, 409):
                continue  # done, or there is nothing to delete or to write to, or a later write was first
            reason = f"{result['_id']}: {result.get('error')}"
            if status == 429 or status >= 500:
                raise EngineAway(reason)
            raise ValueError(reason)

    def _documents(self, alias: str, after: int, upto: int) -> Iterator[tuple[int, dict[str, Any]]]:
        while True:
            with _answering():
                answer = self.client.search(
                    index=alias,
                    query={"range": {"id": {"gt": after, "lte": upto}}},
                    sort=[{"id": "asc"}],
                    size=2_000,
                    track_total_hits=False,
                    allow_partial_search_results=False,
                )
            hits = answer["hits"]["hits"]
            for hit in hits:
                yield int(hit["_id"]), hit["_source"]
            if len(hits) < 2_000:
                return
            after = int(hits[-1]["_id"])


@cache
def _client(url: str) -> Elasticsearch:
    # No attempt is repeated here: pages have the database, and jobs have the outbox.
    return Elasticsearch(url, request_timeout=WRITE_SECONDS, max_retries=0, retry_on_timeout=False)


def _alias(document: type[Searchable]) -> str:
    return f"{settings.ELASTICSEARCH_PREFIX}-{document.kind}"


def _next(document: type[Searchable]) -> str:
    return f"{_alias(document)}.next"


def probe() -> dict[str, Any]:
    """Return the state of the cluster, for those who look after it; raise where it cannot search."""
    # A client of its own, so that a look neither opens nor closes the breaker.
    with Elasticsearch(settings.ELASTICSEARCH_URL, request_timeout=SEARCH_SECONDS, max_retries=0) as client:
        state = client.cluster.health()["status"]
    if state == "red":
        raise EngineAway("The cluster is red.")
    return {"cluster": state}
