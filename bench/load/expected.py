"""What responses must contain, in plain SQL and not by the querysets that are measured."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import User

# Posts that start a thread, written just before the one with an id.
STARTED = (
    "SELECT * FROM posts_post WHERE reply_to_id IS NULL AND repost_of_id IS NULL AND id <= %s"
    " ORDER BY id DESC LIMIT 100"
)
# Users on the other side of a block; takes the viewer's id twice.
KEPT_AWAY = (
    "(SELECT blocked_id FROM relationships_block WHERE blocker_id = %s"
    " UNION SELECT blocker_id FROM relationships_block WHERE blocked_id = %s)"
)


def fetch_rows(sql: str, *parameters: int) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def fetch_ids(sql: str, *parameters: int) -> list[int]:
    return [pk for (pk,) in fetch_rows(sql, *parameters)]


def home_rows(viewer: User, *, below: int, limit: int) -> list[tuple[int, int]]:
    """Return the ids of the rows of home, and of the posts that they show. No viewer hides anyone's reposts."""
    return fetch_rows(
        "WITH heard AS (SELECT followed_id FROM relationships_follow WHERE follower_id = %s"  # noqa: S608 - a constant
        " EXCEPT SELECT muted_id FROM relationships_mute WHERE muter_id = %s)"
        " SELECT id, coalesce(repost_of_id, id) FROM posts_post p WHERE id < %s"
        " AND (author_id = %s AND repost_of_id IS NULL OR author_id IN (SELECT * FROM heard)"
        " AND (addressee_id IS NULL OR addressee_id = %s OR addressee_id IN (SELECT * FROM heard))"
        " AND (repost_of_id IS NULL"
        " OR EXISTS (SELECT FROM posts_post WHERE id = p.repost_of_id"
        f" AND author_id NOT IN {KEPT_AWAY}"
        " AND author_id NOT IN (SELECT muted_id FROM relationships_mute WHERE muter_id = %s))"
        " AND NOT EXISTS (SELECT FROM posts_post WHERE repost_of_id = p.repost_of_id AND reposted_on = p.reposted_on"
        " AND id < p.id AND author_id IN (SELECT * FROM heard))))"
        " ORDER BY id DESC LIMIT %s",
        *(viewer.pk, viewer.pk, below, *[viewer.pk] * 5, limit),
    )


def posts_of(rows: list[tuple[int, int]]) -> list[int]:
    """Return the posts of rows of home, each once."""
    return list(dict.fromkeys(post for _row, post in rows))


def explore_ids(viewer: User, *, below: int, limit: int = settings.POSTS_PER_PAGE) -> list[int]:
    return fetch_ids(
        f"SELECT id FROM posts_post WHERE id < %s AND addressee_id IS NULL AND repost_of_id IS NULL"  # noqa: S608 - a constant
        f" AND author_id NOT IN {KEPT_AWAY}"
        " AND author_id NOT IN (SELECT muted_id FROM relationships_mute WHERE muter_id = %s)"
        " ORDER BY id DESC LIMIT %s",
        *(below, viewer.pk, viewer.pk, viewer.pk, limit),
    )
