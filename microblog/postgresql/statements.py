"""Statements that the server parses and plans once for a connection, as psycopg 3 has them and psycopg2 has not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from microblog.core.performance.queries import Compiled

# A connection prepares a query when it makes it for this time, as with psycopg 3: short connections prepare nothing.
PREPARED_AT = 5
# Each takes memory of the server as long as the connection lasts.
MAX_PREPARED = 100


class PreparedStatements:
    """
    The statements that one connection has prepared for compiled queries.

    The server plans the first five executions of each for their arguments, and then once for all arguments, unless it
    expects that to be slower.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._uses: Counter[Compiled] = Counter()
        self._prepared: dict[Compiled, str] = {}

    def execute(self, query: Compiled) -> str | None:
        """Return the SQL that executes the query with its arguments; None if it is not prepared."""
        if query not in self._prepared and len(self._prepared) < MAX_PREPARED:
            self._uses[query] += 1
            if self._uses[query] >= PREPARED_AT:
                name = f"{query.maker.model._meta.db_table}_{len(self._prepared)}"
                self._prepared[query] = self._prepare(query, name)
        return self._prepared.get(query)

    def _prepare(self, query: Compiled, name: str) -> str:
        # Not by Django's cursor: the request that happens to be the fifth makes no other query than the ones before.
        with self._connection.cursor() as cursor:
            texts = [cursor.mogrify("%s", [parameter]).decode() for parameter in query.parameters]
            for place, argument in query.places:
                texts[place] = f"${query.arguments.index(argument) + 1}"
            kinds = ["text" if argument.kind is str else "bigint" for argument in query.arguments]
            cursor.execute(f"PREPARE {name}{_listed(kinds)} AS {query.sql % tuple(texts)}")
        return f"EXECUTE {name}{_listed(['%s' for _ in kinds])}"


def _listed(names: list[str]) -> str:
    return f"({', '.join(names)})" if names else ""
