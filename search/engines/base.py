"""The interface of search engines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from search.documents import Searchable
from search.query import Query


class SearchUnavailable(Exception):
    """The engine does not respond, responds too late, or not as expected; another engine can be used."""


@dataclass(frozen=True)
class Hits:
    """
    The ids of one page, in the engine's order, and how many there are in all.

    With `is_more` there are more than the `total` that the engine counts to.
    """

    ids: list[int]
    total: int
    is_more: bool = False


@dataclass
class Differences:
    """Ids of rows that are missing in the engine, stale in it, or in it although they are not public (orphaned)."""

    missing: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    orphaned: list[int] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        return [*self.missing, *self.stale, *self.orphaned]


@dataclass(frozen=True)
class Snapshot:
    """The documents of rows at the time of reading, and the ids of rows that were not public then."""

    rows: dict[int, dict[str, Any]]
    gone: list[int]
    # Just before reading, in microseconds of the database's clock: of two writes to an engine the later read wins.
    read_at: int


class Engine(Protocol):
    """Finds rows by their documents. The caller filters them by visibility."""

    def find(self, document: type[Searchable], query: Query, *, offset: int, limit: int) -> Hits:
        """Return hits from `offset` on; authors are resolved to facets. Raise SearchUnavailable."""

    def write(self, document: type[Searchable], snapshot: Snapshot) -> None:
        """Store the documents, and delete those of rows that are gone. Raise SearchUnavailable."""

    def compare(
        self, document: type[Searchable], rows: dict[int, dict[str, Any]], *, after: int, upto: int
    ) -> Differences:
        """Compare the engine's documents with ids in (after, upto] with the rows. Raise SearchUnavailable."""
