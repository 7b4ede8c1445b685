"""Make a database of the original, a Flask Microblog, with one of the sets."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import islice
from typing import Any

import psycopg2

from bench.data.sets import PERIOD, SIZES, START, Network, Size, draw_messages, generate, write_posts

# Its newest schema, in the words that SQLite and PostgreSQL share.
SCHEMA = """
CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('834b1a697901');
CREATE TABLE "user" (
    id INTEGER PRIMARY KEY, username VARCHAR(64) NOT NULL, email VARCHAR(120) NOT NULL, password_hash VARCHAR(256),
    about_me VARCHAR(140), last_seen TIMESTAMP, last_message_read_time TIMESTAMP, token VARCHAR(32),
    token_expiration TIMESTAMP
);
CREATE TABLE post (
    id INTEGER PRIMARY KEY, body VARCHAR(140) NOT NULL, timestamp TIMESTAMP NOT NULL,
    user_id INTEGER NOT NULL REFERENCES "user" (id), language VARCHAR(5)
);
CREATE TABLE followers (
    follower_id INTEGER NOT NULL REFERENCES "user" (id), followed_id INTEGER NOT NULL REFERENCES "user" (id),
    PRIMARY KEY (follower_id, followed_id)
);
CREATE TABLE message (
    id INTEGER PRIMARY KEY, sender_id INTEGER NOT NULL REFERENCES "user" (id),
    recipient_id INTEGER NOT NULL REFERENCES "user" (id), body VARCHAR(140) NOT NULL, timestamp TIMESTAMP NOT NULL
);
CREATE TABLE notification (
    id INTEGER PRIMARY KEY, name VARCHAR(128) NOT NULL, user_id INTEGER NOT NULL REFERENCES "user" (id),
    timestamp FLOAT NOT NULL, payload_json TEXT NOT NULL
);
CREATE TABLE task (
    id VARCHAR(36) PRIMARY KEY, name VARCHAR(128) NOT NULL, description VARCHAR(128),
    user_id INTEGER NOT NULL REFERENCES "user" (id), complete BOOLEAN NOT NULL
);
"""
INDEXES = """
CREATE UNIQUE INDEX ix_user_username ON "user" (username);
CREATE UNIQUE INDEX ix_user_email ON "user" (email);
CREATE UNIQUE INDEX ix_user_token ON "user" (token);
CREATE INDEX ix_post_timestamp ON post (timestamp);
CREATE INDEX ix_post_user_id ON post (user_id);
CREATE INDEX ix_message_timestamp ON message (timestamp);
CREATE INDEX ix_notification_user_id ON notification (user_id);
"""
# Of "password-0".
PASSWORD_HASH = "pbkdf2:sha1:1000$HuauXwAanhYuk1Es$83a99c871efdf71503bc811afa48794ec48599cd"  # noqa: S105
# Posts from before the original detected languages.
WITHOUT_LANGUAGE = 10
TABLES = {
    '"user"': ("id", "username", "email", "password_hash", "about_me", "last_seen", "last_message_read_time"),
    "post": ("id", "user_id", "timestamp", "body", "language"),
    "followers": ("follower_id", "followed_id"),
    "message": ("id", "sender_id", "recipient_id", "body", "timestamp"),
    "notification": ("id", "name", "user_id", "timestamp", "payload_json"),
}


def fill(url: str, name: str) -> None:
    """Fill the empty database at a `sqlite:///` or `postgresql://` URL with the set of a name."""
    size = SIZES[name]
    rows = _rows(size, generate(size))
    (_fill_sqlite if url.startswith("sqlite:///") else _fill_postgresql)(url, rows)


def _rows(size: Size, network: Network) -> Iterator[tuple[str, Iterable[tuple[Any, ...]]]]:
    """Yield the rows of each table, in its columns' order."""
    end = _written((START + PERIOD).isoformat())
    about_me = "Made to be measured, and quite content with that."
    people = enumerate(network.names, 1)
    yield (
        '"user"',
        ((pk, name, f"{name}@example.com", PASSWORD_HASH, about_me, end, None) for pk, name in people),
    )
    yield (
        "post",
        (
            (pk, author, _written(created_at), body[:140], "en" if pk % WITHOUT_LANGUAGE else None)
            for pk, author, created_at, body, _html, parent, _addressee in write_posts(network)
            # The original has no replies.
            if parent is None
        ),
    )
    follows = ((follower, person) for follower, followees in enumerate(network.followees, 1) for person in followees)
    yield "followers", follows
    _others, pairs = draw_messages(size)
    step = PERIOD / len(pairs)
    body = "Between the two of us, this is being measured."
    yield (
        "message",
        ((pk, *pair, body, _written((START + step * pk).isoformat())) for pk, pair in enumerate(pairs, 1)),
    )
    recipients = sorted({recipient for _sender, recipient in pairs})
    yield (
        "notification",
        ((pk, "unread_message_count", user, START.timestamp() + pk, "0") for pk, user in enumerate(recipients, 1)),
    )


def _written(moment: str) -> str:
    """Return a time as the original stores it: UTC without saying so."""
    return moment.removesuffix("+00:00").replace("T", " ")


def _fill_sqlite(url: str, tables: Iterable[tuple[str, Iterable[tuple[Any, ...]]]]) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.executescript(SCHEMA)
    for table, rows in tables:
        columns = TABLES[table]
        values = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", rows)  # noqa: S608
    connection.commit()
    connection.executescript(INDEXES)
    connection.close()


def _fill_postgresql(url: str, tables: Iterable[tuple[str, Iterable[tuple[Any, ...]]]]) -> None:
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(SCHEMA)
        for table, rows in tables:
            remaining = iter(rows)
            while batch := ["\t".join("\\N" if value is None else str(value) for value in row) + "\n"
                            for row in islice(remaining, 100_000)]:  # fmt: skip
                cursor.copy_expert(f"COPY {table} ({', '.join(TABLES[table])}) FROM STDIN", StringIO("".join(batch)))
        cursor.execute(INDEXES)
    connection.close()
