"""Likes, reposts and bookmarks in the archive of a user's data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.fields import format_time
from microblog.core.archive import Key, Section
from posts.models import Post


def _section(
    name: str, title: str | Promise, *, position: int, among: Callable[[User], QuerySet[Any]], post: str = "post"
) -> Section:
    """Return the section of a user's reactions (`among`) to visible posts; `post` is the name of their field."""

    def rows(user: User, after: Key) -> QuerySet[Any]:
        visible = Post.objects.visible_to(user).values("pk")
        found = among(user).filter(pk__gt=after[0], **{f"{post}__in": visible})
        return found.select_related(f"{post}__author").order_by("pk")

    def lines(row: Any) -> list[str]:
        reacted = getattr(row, post)
        return [reacted.author.username, f"{settings.SITE_URL}{reacted.get_absolute_url()}"]

    def entry(row: Any) -> dict[str, Any]:
        undone = {"undone_at": row.undone_at and format_time(row.undone_at)} if hasattr(row, "undone_at") else {}
        return dict(zip(("author", "url"), lines(row), strict=True), timestamp=format_time(row.created_at), **undone)

    def entries(_user: User, rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [entry(row) for row in rows]

    return Section(name, title, "records", position, rows, entries, lines=lines)


def _reposts(user: User) -> QuerySet[Post]:
    return user.posts.annotate(undone_at=F("hidden_at"))


SECTIONS = [
    _section("likes", _("Your likes"), position=16, among=lambda user: user.likes.all()),
    _section("reposts", _("Your reposts"), position=17, among=_reposts, post="repost_of"),
    _section("bookmarks", _("Bookmarks"), position=18, among=lambda user: user.bookmarks.all()),
]
