"""Entries and snippets in the archive of a user's data, drafts and hidden ones too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.fields import format_time
from blog.models import Entry, Publication, Snippet
from microblog.core.archive import Key, Section
from microblog.core.site_urls import absolute_url

# Texts on one page, which is written in memory.
PAGE_SIZE = 10


def _section(name: str, title: str | Promise, model: type[Publication], *, position: int) -> Section:
    def rows(user: User, after: Key) -> QuerySet[Any]:
        return model._default_manager.by(user).for_detail().filter(pk__gt=after[0]).order_by("pk")

    return Section(name, title, "publications", position, rows, _describe, page_size=PAGE_SIZE)


def _describe(_user: User, rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "url": absolute_url(f"{row.namespace}:detail", row.slug),
            "title": row.title,
            "status": Publication.Status(row.status).name.lower(),
            "created_at": format_time(row.created_at),
            "published": row.published_at and format_time(row.published_at),
            "updated": format_time(row.modified_at),
            **_describe_kind(row),
            "body": row.body,
            "html": row.body_html,
        }
        for row in rows
    ]


def _describe_kind(row: Entry | Snippet) -> dict[str, Any]:
    if isinstance(row, Snippet):
        return {"language": row.lexer_name}
    return {"language": row.language or None, "tags": sorted(tag.slug for tag in row.tags.all())}


SECTIONS = [
    _section("entries", _("Your entries"), Entry, position=12),
    _section("snippets", _("Your snippets"), Snippet, position=14),
]
