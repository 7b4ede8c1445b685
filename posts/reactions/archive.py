"""Likes and bookmarks in the archive of a user's data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.fields import format_time
from microblog.core.archive import Key, Section
from posts.models import Bookmark, Like, Post

Reaction = Like | Bookmark


def _url(reaction: Reaction) -> str:
    return f"{settings.SITE_URL}{reaction.post.get_absolute_url()}"


def _entry(reaction: Reaction) -> dict[str, Any]:
    return {
        "author": reaction.post.author.username,
        "url": _url(reaction),
        "timestamp": format_time(reaction.created_at),
    }


def _like(like: Like) -> dict[str, Any]:
    return {**_entry(like), "undone_at": like.undone_at and format_time(like.undone_at)}


def _section(
    name: str, title: str | Promise, model: type[Reaction], entry: Callable[[Any], dict[str, Any]], *, position: int
) -> Section:
    def rows(user: User, after: Key) -> QuerySet[Any]:
        visible = Post.objects.visible_to(user).values("pk")
        found = model._default_manager.filter(user=user, post__in=visible, pk__gt=after[0])
        return found.select_related("post__author").order_by("pk")

    def entries(_user: User, rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [entry(row) for row in rows]

    return Section(
        name, title, "records", position, rows, entries, lines=lambda row: [row.post.author.username, _url(row)]
    )


SECTIONS = [
    _section("likes", _("Your likes"), Like, _like, position=16),
    _section("bookmarks", _("Bookmarks"), Bookmark, _entry, position=18),
]
