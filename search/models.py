"""The tokens of what can be found, for the database's own full-text search."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class TokensField(models.Field):
    """Tokens: a `tsvector` on PostgreSQL, a column of an FTS5 table on SQLite."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"


class Entry(models.Model):
    """
    The tokens of one row of another table, whose id is `rowid`; there is one while the row is public.

    Written by search.engines.database alone.
    """

    rowid = models.BigIntegerField(primary_key=True)
    tokens = TokensField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.rowid)


def _gin(name: str) -> dict[str, Any]:
    return {"fields": ["tokens"], "name": name, "fastupdate": False}


class PostEntry(Entry):
    """One public post."""

    class Meta:
        # Serves search_newest(), which the migrations make.
        indexes = [GinIndex(**_gin("post_entry_tokens_idx"))]


class PersonEntry(Entry):
    """One public person."""

    class Meta:
        indexes = [GinIndex(**_gin("person_entry_tokens_idx"))]
