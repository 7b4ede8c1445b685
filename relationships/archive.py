"""Follows, blocks and mutes in the archive of a user's data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.querysets import people_unblocked_by, people_visible_to
from api.fields import format_time
from microblog.core.archive import Key, Section


def _people(
    name: str,
    title: str | Promise,
    *,
    position: int,
    among: Callable[[User], QuerySet[Any]],
    person: str,
    visible: Callable[[User, str], Q] = people_visible_to,
    members: Sequence[str] = (),
) -> Section:
    """
    Return the section that lists the visible people of a user's follows, blocks or mutes (`among`).

    Each entry also has the fields `members` of its row.
    """
    key = f"{person}_id"

    def rows(user: User, after: Key) -> QuerySet[Any]:
        seen = among(user).filter(visible(user, f"{person}__"), **{f"{key}__gt": after[0]})
        return seen.order_by(key).select_related(person)

    def entry(row: Any) -> dict[str, Any]:
        facts = {"username": getattr(row, person).username, "since": format_time(row.created_at)}
        return facts | {name: getattr(row, name) for name in members}

    def entries(_user: User, rows: Sequence[Any]) -> list[dict[str, Any]]:
        return [entry(row) for row in rows]

    return Section(name, title, "people", position, rows, entries, key=lambda row: [getattr(row, key)])


SECTIONS = [
    _people(
        "following",
        _("People you follow"),
        position=20,
        among=lambda user: user.following_set.all(),
        person="followed",
        members=["hides_reposts"],
    ),
    _people(
        "followers",
        _("People who follow you"),
        position=30,
        among=lambda user: user.follower_set.all(),
        person="follower",
    ),
    _people(
        "blocks",
        _("People you block"),
        position=40,
        among=lambda user: user.blocks_made.all(),
        person="blocked",
        # Blocked people are visible in this list only.
        visible=lambda _user, prefix: people_visible_to(AnonymousUser(), prefix),
    ),
    _people(
        "mutes",
        _("People you mute"),
        position=50,
        among=lambda user: user.mutes_made.all(),
        person="muted",
        visible=people_unblocked_by,  # as in the list in Settings
    ),
]
