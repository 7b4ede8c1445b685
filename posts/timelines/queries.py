"""The queries of the timelines, each compiled once: home, explore and the posts of one author."""

from __future__ import annotations

from django.db import connection

from accounts.models import User
from microblog.core.pagination import Cursor
from microblog.core.performance.queries import compiled
from posts.models import Post
from posts.querysets import PostQuerySet

# People with more followees than this have the newest ids walked instead of each followee's posts sought.
# Among 50,000 people the posts of 40 fill a page within 16,000 ids, mostly within 4,000; those of 200 within 1,200.
MERGED_FOLLOWEES = 40


@compiled
def everybody(viewer: User, cursor: Cursor) -> PostQuerySet:
    """Return the rows of a cursor in the posts of all whom the viewer does not mute."""
    return cursor.window(Post.objects.visible_to(viewer).unmuted_by(viewer).for_timeline())


@compiled
def of_author(viewer: User, author_id: int, cursor: Cursor) -> PostQuerySet:
    """Return the rows of a cursor in one person's posts."""
    return cursor.window(Post.objects.visible_to(viewer).by(User(pk=author_id)).for_timeline())


def home(viewer: User, cursor: Cursor) -> list[Post]:
    """
    Return the rows of a cursor in the viewer's home timeline: posts of people followed, and one's own.

    Those of muted people are left out.

    The shape of the query depends on the database and on how many people the viewer follows; all shapes
    return the same rows (see docs/queries.md).
    """
    if connection.vendor != "postgresql":
        return _home_by_author_list(viewer, cursor)
    if viewer.following_count > MERGED_FOLLOWEES:
        rows = _home_by_walk(viewer, cursor)
        if len(rows) == cursor.limit:
            return rows
    return _home_by_merge(viewer, cursor)


@compiled
def _home_by_author_list(viewer: User, cursor: Cursor) -> PostQuerySet:
    return Post.objects.home_by_author_list(viewer, cursor)


@compiled
def _home_by_merge(viewer: User, cursor: Cursor) -> PostQuerySet:
    return Post.objects.home_by_merge(viewer, cursor)


@compiled
def _home_by_walk(viewer: User, cursor: Cursor) -> PostQuerySet:
    return Post.objects.home_by_walk(viewer, cursor)
