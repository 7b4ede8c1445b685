"""The database of a Flask Microblog, opened for reading only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

import psycopg2

try:
    import pymysql
except ImportError:
    pymysql = None

# Only the names of tables and columns below are interpolated into SQL.
# ruff: noqa: S608

# Rows that one request to the server of the source fetches.
FETCHED = 2_000
SECONDS_TO_CONNECT = 10
# Without these the database is not that of a Flask Microblog. Every other column may be missing.
REQUIRED = {"user": {"id", "username", "email"}, "post": {"id", "body", "user_id"}}
ERRORS = (sqlite3.Error, psycopg2.Error, *((pymysql.Error,) if pymysql else ()))


class SourceError(Exception):
    """The source cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class Source:
    """A snapshot of the source, in one transaction that cannot write."""

    connection: Any
    # Return a cursor that fetches rows when they are needed.
    cursor: Callable[[], Any]
    # The columns of each table.
    columns: dict[str, list[str]]

    def count(self, table: str, where: str = "1 = 1") -> int:
        """Return the number of rows of a table, 0 if it is missing."""
        return self._first(table, "count(*)", where) or 0

    def newest(self, table: str) -> int:
        """Return the highest id of a table, 0 if it has no rows."""
        return self._first(table, "max(id)", "1 = 1") or 0

    def rows(
        self,
        table: str,
        names: Sequence[str],
        *,
        order: Sequence[str] = ("id",),
        where: str = "1 = 1",
        group: str = "",
    ) -> Generator[tuple[Any, ...], None, None]:
        """Yield the rows of a table in an order; a column that is missing is None. A missing table has no rows."""
        if table not in self.columns:
            return
        known = self.columns[table]
        selected = ", ".join(name if "(" in name else f'"{name}"' if name in known else "NULL" for name in names)
        ordered = ", ".join(f'"{name}"' for name in order if name in known)
        grouped = f' GROUP BY "{group}"' if group else ""
        sql = f'SELECT {selected} FROM "{table}" WHERE {where}{grouped} ORDER BY {ordered}'
        with _explained(), closing(self.cursor()) as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(FETCHED):
                yield from rows

    def has(self, table: str, column: str) -> bool:
        """Tell whether a table has a column."""
        return column in self.columns.get(table, ())

    def _first(self, table: str, expression: str, where: str) -> Any:
        if table not in self.columns:
            return None
        with _explained(), closing(self.connection.cursor()) as cursor:
            cursor.execute(f'SELECT {expression} FROM "{table}" WHERE {where}')
            return cursor.fetchone()[0]


def to_time(value: Any) -> datetime | None:
    """Return a time of the source, which are UTC; None for none, and for what is not a time."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


@contextmanager
def opened(url: str) -> Iterator[Source]:
    """Open the source at a URL as Flask Microblog has it in DATABASE_URL. Raise SourceError."""
    with _explained():
        parts = urlsplit(url)
    kind = parts.scheme.partition("+")[0]
    if kind not in _OPENERS:
        raise SourceError(
            f"The URL begins with {parts.scheme or 'nothing'}://. Use the DATABASE_URL of your Flask Microblog: "
            "sqlite:///FILE, postgresql://… or mysql+pymysql://…"
        )
    with _explained():
        connection, cursor, columns = _OPENERS[kind](parts)
    with closing(connection):
        missing = [name for name, required in REQUIRED.items() if not required <= set(columns.get(name, ()))]
        if missing:
            raise SourceError(
                f"This is not the database of a Flask Microblog with posts: it has no table {' and '.join(missing)} "
                f"as that has. Its tables: {', '.join(sorted(columns)) or 'none'}."
            )
        yield Source(connection, cursor, columns)


Opened = tuple[Any, Callable[[], Any], dict[str, list[str]]]

_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = "


def _open_sqlite(parts: SplitResult) -> Opened:
    path = Path(unquote(parts.path).removeprefix("/"))
    if not path.is_file():
        raise SourceError(f"There is no file {path}. An absolute path has four slashes: sqlite:////srv/app.db")
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
    connection.text_factory = lambda text: text.decode(errors="replace")
    connection.execute("BEGIN")
    columns = (
        "SELECT m.name, p.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p WHERE m.type = 'table'"
    )
    return connection, connection.cursor, _columns(connection, columns)


def _open_postgresql(parts: SplitResult) -> Opened:
    url = parts._replace(scheme="postgresql").geturl()
    connection = psycopg2.connect(url, connect_timeout=SECONDS_TO_CONNECT, client_encoding="UTF8")
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    names = count()

    def cursor() -> Any:
        named = connection.cursor(name=f"rows_{next(names)}")
        named.itersize = FETCHED
        return named

    return connection, cursor, _columns(connection, _COLUMNS + "current_schema()")


def _open_mysql(parts: SplitResult) -> Opened:
    if pymysql is None:
        raise SourceError("MySQL and MariaDB need PyMySQL: pip install -r requirements-mysql.txt")
    options = dict(parse_qsl(parts.query))
    connection = pymysql.connect(
        host=parts.hostname or "localhost",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=unquote(parts.path.removeprefix("/")),
        unix_socket=options.get("unix_socket"),
        charset="utf8mb4",
        connect_timeout=SECONDS_TO_CONNECT,
    )
    with connection.cursor() as cursor:
        # Names are quoted as in other databases; a batch may take longer to write here than the server waits.
        cursor.execute("SET SESSION sql_mode = 'ANSI_QUOTES', SESSION net_write_timeout = 3600")
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    columns = _columns(connection, _COLUMNS + "database()")
    return connection, lambda: connection.cursor(pymysql.cursors.SSCursor), columns


_OPENERS: dict[str, Callable[[SplitResult], Opened]] = {
    "sqlite": _open_sqlite,
    "postgresql": _open_postgresql,
    "postgres": _open_postgresql,
    "mysql": _open_mysql,
    "mariadb": _open_mysql,
}


def _columns(connection: Any, sql: str) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
        for table, column in cursor.fetchall():
            columns.setdefault(table, []).append(column)
    return columns


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (*ERRORS, ValueError) as error:
        raise SourceError(f"The source cannot be read: {str(error).strip()}. Check the URL and the server.") from error
