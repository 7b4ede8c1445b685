"""Likes, reposts and bookmarks in the archive of a user's data."""

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
from posts.models import Post


def _url(post: Post) -> str:
    return f"{settings.SITE_URL}{post.get_absolute_url()}"


def _section(
    name: str,
    title: str | Promise,
    *,
    position: int,
    among: Callable[[User], QuerySet[Any]],
    post: str = "post",
    undone_at: str | None = None,
) -> Section:
    """
    Return the section of a user's reactions (`among`) to visible posts.

    `post` and `undone_at` are the names of the fields with the post, and with the time when the reaction was undone.
    """

    def rows(user: User, after: Key) -> QuerySet[Any]:
        visible = Post.objects.visible_to(user).values("pk")
        found = among(user).filter(pk__gt=after[0], **{f"{post}__in": visible})
        return found.select_related(f"{post}__author").order_by("pk")

    def entry(row: Any) -> dict[str, Any]:
        reacted = getattr(row, post)
        members = {
            "author": reacted.author.username,
            "url": _url(reacted),
            "timestamp": format_time(row.created_at),
        }
        if undone_at:
            undone = getattr(row, undone_at)
            members["undone_at"] = undone and format_time(undone)
        return members

    def entries(_user: User, rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [entry(row) for row in rows]

    def lines(row: Any) -> list[str]:
        reacted = getattr(row, post)
        return [reacted.author.username, _url(reacted)]

    return Section(name, title, "records", position, rows, entries, lines=lines)


SECTIONS = [
    _section("likes", _("Your likes"), position=16, among=lambda user: user.likes.all(), undone_at="undone_at"),
    _section(
        "reposts",
        _("Your reposts"),
        position=17,
        among=lambda user: user.posts.all(),
        post="repost_of",
        undone_at="hidden_at",
    ),
    _section("bookmarks", _("Bookmarks"), position=18, among=lambda user: user.bookmarks.all()),
]
