"""
Elasticsearch, which orders hits by relevance.

Each kind of document has an index behind an alias. During a rebuild a second alias, ending in ".next", points to the
new index, and changes are written to both. Every write carries the time at which its row was read as its version: the
later read wins, in whatever order writes arrive.
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
from search.engines.base import Differences, Hits, SearchUnavailable, Snapshot
from search.engines.breaker import CircuitBreaker
from search.engines.elasticsearch_query import to_elasticsearch
from search.query import Query

logger = logging.getLogger(__name__)

# Timeout of a search, after which the database searches.
SEARCH_SECONDS = 1.0
WRITE_SECONDS = 20.0
# Elasticsearch's limit for paging and counting.
COUNTED = 10_000

INDEX_SETTINGS = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    # How long the version of a deleted document is kept, so that older writes of it are refused.
    "gc_deletes": "10m",
}

breaker = CircuitBreaker()


class RebuildTakenOver(Exception):
    """Another rebuild began after this one."""


@contextmanager
def _raising_unavailable() -> Iterator[None]:
    try:
        yield
    except BadRequestError:
        raise  # an error on this side, which a retry does not fix
    except (ApiError, TransportError, AttributeError, KeyError, TypeError) as error:
        # The last three are malformed responses, for example those of a proxy.
        raise SearchUnavailable(f"{type(error).__name__}: {error}"[:500]) from error


class ElasticsearchEngine:
    """Client of the server at ELASTICSEARCH_URL."""

    def __init__(self) -> None:
        self.client = _client(settings.ELASTICSEARCH_URL)

    def find(self, document: type[Searchable], query: Query, *, offset: int, limit: int) -> Hits:
        try:
            with breaker.watch(), _raising_unavailable():
                response = _searching(self.client).search(
                    index=_alias(document),
                    query=to_elasticsearch(document, query),
                    from_=offset,
                    size=limit,
                    # Ids come with the order; nothing of a hit is fetched.
                    sort=["_score", {"id": "desc"}],
                    stored_fields="_none_",
                    source=False,
                    track_total_hits=COUNTED,
                    # Partial results would look complete.
                    allow_partial_search_results=False,
                )
                # An index that is yet to be built is no reason to stop using the others.
                if response.meta.status != 404:
                    hits = response["hits"]
                    ids = [int(hit["sort"][1]) for hit in hits["hits"]]
                    return Hits(ids, hits["total"]["value"], is_more=hits["total"]["relation"] != "eq")
        except BadRequestError as error:
            logger.exception("The search engine refused a query")
            raise SearchUnavailable("It refused the query.") from error
        raise SearchUnavailable(f"It has no index of {document.kind}.")

    def write(self, document: type[Searchable], snapshot: Snapshot) -> None:
        """Write to the index and to the one being built, as far as they exist."""
        with _raising_unavailable():
            exists = self.client.indices.exists_alias
            aliases = [name for name in (_alias(document), _next(document)) if exists(name=name)]
        for alias in aliases:
            self._write(alias, snapshot)

    def compare(
        self, document: type[Searchable], rows: dict[int, dict[str, Any]], *, after: int, upto: int
    ) -> Differences:
        differences = Differences(missing=sorted(rows))
        missing = set(rows)
        for pk, source in self._documents(document, after, upto):
            missing.discard(pk)
            if pk not in rows:
                differences.orphaned.append(pk)
            elif source != rows[pk]:
                differences.stale.append(pk)
        differences.missing = sorted(missing)
        return differences

    def refresh(self, document: type[Searchable]) -> None:
        """Make all writes visible to searches. Raise SearchUnavailable, also where there is no index."""
        with _raising_unavailable():
            self.client.indices.refresh(index=_alias(document))

    def has_index(self, document: type[Searchable]) -> bool:
        """Return whether there is a complete index."""
        with _raising_unavailable():
            return bool(self.client.indices.exists_alias(name=_alias(document)))

    # --- Rebuilding ---

    def begin(self, document: type[Searchable]) -> str:
        """Create an empty index, to which changes are written from now on, and return its name."""
        index = f"{_alias(document)}.{datetime.now(UTC):%Y%m%d%H%M%S%f}"
        with _raising_unavailable():
            kept = self._indexes_of(_alias(document))
            # Left over from an interrupted rebuild.
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
        """Write only to the index that is being built."""
        self._write(_next(document), snapshot)

    def finish(self, document: type[Searchable], index: str) -> None:
        """Replace the former index by the new one, atomically. Raise RebuildTakenOver."""
        try:
            with _raising_unavailable():
                self.client.indices.put_settings(index=index, settings={"refresh_interval": None})
                self.client.indices.refresh(index=index)
                self.client.indices.update_aliases(
                    actions=[
                        {"remove": {"index": index, "alias": _next(document), "must_exist": True}},
                        {"add": {"index": index, "alias": _alias(document)}},
                        *({"remove_index": {"index": name}} for name in self._indexes_of(_alias(document))),
                    ]
                )
        except SearchUnavailable as error:
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
        with _raising_unavailable():
            # A write to an alias that is gone must not create an index.
            response = self.client.bulk(operations=operations, require_alias=True)
            results = [result for item in response["items"] for result in item.values()] if response["errors"] else []
        for result in results:
            status = result["status"]
            if status in (200, 201, 404, 409):
                continue  # done, or nothing to delete or write to, or a newer version exists
            reason = f"{result['_id']}: {result.get('error')}"
            if status == 429 or status >= 500:
                raise SearchUnavailable(reason)
            raise ValueError(reason)

    def _documents(self, document: type[Searchable], after: int, upto: int) -> Iterator[tuple[int, dict[str, Any]]]:
        while True:
            with _raising_unavailable():
                response = self.client.search(
                    index=_alias(document),
                    query={"range": {"id": {"gt": after, "lte": upto}}},
                    sort=[{"id": "asc"}],
                    size=document.batch,
                    track_total_hits=False,
                    allow_partial_search_results=False,
                )
            hits = response["hits"]["hits"]
            for hit in hits:
                yield int(hit["_id"]), hit["_source"]
            if len(hits) < document.batch:
                return
            after = int(hits[-1]["_id"])


@cache
def _client(url: str) -> Elasticsearch:
    # No retries here: pages use the database, and jobs are retried by the outbox.
    return Elasticsearch(url, request_timeout=WRITE_SECONDS, max_retries=0, retry_on_timeout=False)


@cache
def _searching(client: Elasticsearch) -> Elasticsearch:
    """Return the client for searches; it shares the kept connections."""
    return client.options(request_timeout=SEARCH_SECONDS, ignore_status=404)


def _alias(document: type[Searchable]) -> str:
    return f"{settings.ELASTICSEARCH_PREFIX}-{document.kind}"


def _next(document: type[Searchable]) -> str:
    return f"{_alias(document)}.next"


def probe() -> dict[str, Any]:
    """Return the state of the cluster for health checks; raise when it cannot search."""
    # A separate client, outside the breaker.
    with Elasticsearch(settings.ELASTICSEARCH_URL, request_timeout=SEARCH_SECONDS, max_retries=0) as client:
        state = client.cluster.health()["status"]
    if state == "red":
        raise SearchUnavailable("The cluster is red.")
    return {"cluster": state}
