"""The database's own full-text search: FTS5 of SQLite, tsvector of PostgreSQL. It orders hits newest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from search.documents import Searchable
from search.engines.base import Differences, Hits, Snapshot
from search.query import Query, Term

# Only table names of models and the SQL of querysets are interpolated into SQL, never user input.
# ruff: noqa: S608

# Counting more hits of a frequent word takes too long.
COUNTED = 1_000


class DatabaseEngine:
    """Stores entries in the tables of search.models, in the caller's transaction."""

    def find(self, document: type[Searchable], query: Query, *, offset: int, limit: int) -> Hits:
        find = _find_postgresql if connection.vendor == "postgresql" else _find_sqlite
        ids, total = find(document.entries._meta.db_table, query, offset, limit)
        return Hits(ids, min(total, COUNTED), is_more=total > COUNTED)

    @transaction.atomic(savepoint=False)  # SQLite would write each row to the disk by itself
    def write(self, document: type[Searchable], snapshot: Snapshot) -> None:
        table = document.entries._meta.db_table
        # PostgreSQL's locks are taken in one order.
        values = [(pk, stored(snapshot.rows[pk])) for pk in sorted(snapshot.rows)]
        with connection.cursor() as cursor:
            if values and connection.vendor == "postgresql":
                cursor.execute(
                    f"INSERT INTO {table} (rowid, tokens) SELECT * FROM unnest(%s::bigint[], %s::tsvector[])"
                    " ON CONFLICT (rowid) DO UPDATE SET tokens = excluded.tokens",
                    [list(column) for column in zip(*values, strict=True)],
                )
            elif values:
                cursor.executemany(f"INSERT OR REPLACE INTO {table} (rowid, tokens) VALUES (%s, %s)", values)
        if snapshot.gone:
            document.entries._base_manager.filter(pk__in=snapshot.gone).delete()

    def compare(
        self, document: type[Searchable], rows: dict[int, dict[str, Any]], *, after: int, upto: int
    ) -> Differences:
        between = document.entries._base_manager.filter(pk__gt=after, pk__lte=upto)
        known = set(between.values_list("pk", flat=True))
        both = sorted(known & rows.keys())
        return Differences(
            missing=sorted(rows.keys() - known),
            stale=_stale(document.entries._meta.db_table, [(pk, stored(rows[pk])) for pk in both]),
            orphaned=sorted(known - rows.keys()),
        )


def stored(document: dict[str, Any]) -> str:
    """Return the tokens of a document as the database stores them; PostgreSQL has positions, except for facets."""
    text = " ".join(value for name, value in document.items() if name not in {"id", "facets"})
    if connection.vendor != "postgresql":
        return f"{text} {document['facets']}"
    # Positions go no further than 16383.
    placed = [f"'{token}':{place}" for place, token in enumerate(text.split()[:16_000], 1)]
    return " ".join([*placed, *(f"'{facet}'" for facet in document["facets"].split())])


def _stale(table: str, expected: list[tuple[int, str]]) -> list[int]:
    if not expected:
        return []
    ids, tokens = map(list, zip(*expected, strict=True))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT rowid FROM {table} JOIN unnest(%s::bigint[], %s::tsvector[]) AS expected (rowid, tokens)"
                f" USING (rowid) WHERE {table}.tokens <> expected.tokens ORDER BY rowid",
                [ids, tokens],
            )
            return [pk for (pk,) in cursor.fetchall()]
        cursor.execute(f"SELECT rowid, tokens FROM {table} WHERE rowid BETWEEN %s AND %s", [ids[0], ids[-1]])
        stored = dict(cursor.fetchall())
    return [pk for pk, text in expected if stored.get(pk) != text]


def _newest_where(table: str, where: str, parameters: Iterable[Any], offset: int, limit: int) -> tuple[list[int], int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid FROM {table} WHERE {where} ORDER BY rowid DESC LIMIT %s",
            [*parameters, max(COUNTED + 1, offset + limit)],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    return ids[offset : offset + limit], len(ids)


# --- PostgreSQL ---


def _find_postgresql(table: str, query: Query, offset: int, limit: int) -> tuple[list[int], int]:
    if query.within is not None:
        within, parameters = query.within.query.sql_with_params()
        # An array is sought in the primary key, from the newest row on.
        where = f"rowid = ANY (ARRAY({within}))"
        if tsquery := _tsquery(query):
            where, parameters = f"{where} AND tokens @@ %s::tsquery", (*parameters, tsquery)
        return _newest_where(table, where, parameters, offset, limit)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, total FROM search_newest(%s, %s::tsquery, %s, %s, %s)",
            [table, _tsquery(query), offset, limit, COUNTED + 1],
        )
        rows = cursor.fetchall()
    return [pk for pk, _total in rows if pk is not None], rows[0][1] if rows else 0


def _tsquery(query: Query) -> str:
    parts = [_tsquery_of(term) for term in query.terms]
    if query.any_of:
        parts.append(f"({' | '.join(map(_tsquery_of, query.any_of))})")
    return " & ".join([*parts, *(f"!{_tsquery_of(term)}" for term in query.excluded)])


def _tsquery_of(term: Term) -> str:
    tokens = [f"'{token}'" for token in term.tokens]
    if term.is_prefix:
        tokens[-1] += ":*"
    return f"({' <-> '.join(tokens)})"


# --- SQLite ---


def _find_sqlite(table: str, query: Query, offset: int, limit: int) -> tuple[list[int], int]:
    match = " AND ".join(f"({_join(*part)})" for part in [("AND", query.terms), ("OR", query.any_of)] if part[1])
    excluded = _join("OR", query.excluded)
    if match and excluded:
        match = f"({match}) NOT ({excluded})"
    # FTS5 scans the rows from the newest on, and stops at the limit.
    where, parameters = ("tokens MATCH %s", [match]) if match else ("TRUE", [])
    if query.within is not None:
        within, ids = query.within.query.sql_with_params()
        # The plus keeps SQLite from searching again for each id, which takes a thousand times as long.
        where = f"{where} AND {'+' if match else ''}rowid IN ({within})"
        parameters = [*parameters, *ids]
    if excluded and not match:
        # FTS5 only excludes from what it finds.
        where = f"{where} AND rowid NOT IN (SELECT rowid FROM {table} WHERE tokens MATCH %s)"
        parameters = [*parameters, excluded]
    return _newest_where(table, where, parameters, offset, limit)


def _join(operator: str, terms: Iterable[Term]) -> str:
    return f" {operator} ".join(f'"{" ".join(term.tokens)}"{" *" if term.is_prefix else ""}' for term in terms)
