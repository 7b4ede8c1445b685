"""Tables of tokens for the database's own full-text search."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class TokensField(models.Field):
    """Tokens: a `tsvector` on PostgreSQL, a column of an FTS5 table on SQLite."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"


class SearchEntry(models.Model):
    """
    The tokens of one public row of another table; `rowid` is its document's id.

    Only search.engines.database writes it.
    """

    rowid = models.BigIntegerField(primary_key=True)
    tokens = TokensField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.rowid)


def _gin(name: str) -> dict[str, Any]:
    return {"fields": ["tokens"], "name": name, "fastupdate": False}


class PostEntry(SearchEntry):
    """One public post."""

    class Meta:
        # Serves search_newest(), a function that the migrations create.
        indexes = [GinIndex(**_gin("post_entry_tokens_idx"))]


class PersonEntry(SearchEntry):
    """One public person."""

    class Meta:
        indexes = [GinIndex(**_gin("person_entry_tokens_idx"))]


class PublicationEntry(SearchEntry):
    """One public entry of the blog or snippet; search.documents makes its id."""

    class Meta:
        indexes = [GinIndex(**_gin("publication_entry_tokens_idx"))]
