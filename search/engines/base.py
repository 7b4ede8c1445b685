"""What an engine does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from search.documents import Searchable
from search.query import Query


class EngineAway(Exception):
    """The engine does not answer, not in time, or not with what was asked; another one can."""


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
    """Ids of rows that the engine lacks, has in another state, or has though they are not public."""

    missing: list[int] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    orphaned: list[int] = field(default_factory=list)

    @property
    def ids(self) -> list[int]:
        return [*self.missing, *self.stale, *self.orphaned]


@dataclass(frozen=True)
class Snapshot:
    """The documents of rows as they were when they were read, and the ids of those that were not public then."""

    rows: dict[int, dict[str, Any]]
    gone: list[int]
    # A time just before, in microseconds of the database's clock: of two writes to an engine the later read wins.
    read_at: int


class Engine(Protocol):
    """Finds rows by their documents. Which rows a reader may see is the caller's business."""

    def find(self, document: type[Searchable], query: Query, *, offset: int, limit: int) -> Hits:
        """Return hits from `offset` on; authors are facets by now. Raise EngineAway."""

    def write(self, document: type[Searchable], snapshot: Snapshot) -> None:
        """Give the rows their documents, and forget what is gone. Raise EngineAway."""

    def compare(
        self, document: type[Searchable], rows: dict[int, dict[str, Any]], *, after: int, upto: int
    ) -> Differences:
        """Say how the engine's documents with ids in (after, upto] differ from the rows. Raise EngineAway."""
