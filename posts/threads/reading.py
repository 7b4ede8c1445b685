"""The thread around a post: the posts above it, and the replies below it."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from microblog.core.pagination import LARGEST_ID, Cursor, KeysetPage, paginate_upwards
from microblog.core.performance.queries import compiled, fill_up
from posts.models import Post

# Most posts above a post that its page shows, the nearest ones.
ANCESTORS = 20

# The first step is a reply that does not exist, so that the post itself is found as all posts above it are.
_PLACES = """
WITH RECURSIVE place (id, reply_to, is_deleted, depth) AS (
    SELECT CAST(NULL AS bigint), CAST(%s AS bigint), FALSE, 0
    UNION ALL
    SELECT place.reply_to, COALESCE(post.reply_to_id, deleted.reply_to_id), post.id IS NULL, place.depth + 1
    FROM place
    LEFT JOIN posts_post post ON post.id = place.reply_to
    LEFT JOIN posts_deletedpost deleted ON deleted.id = place.reply_to
    WHERE place.reply_to IS NOT NULL AND place.depth < %s
)
SELECT id, is_deleted FROM place WHERE depth > 0 ORDER BY depth
"""


class Place(NamedTuple):
    """A place in a thread. `post` is None if the reader may not see the post, or if it is deleted."""

    pk: int
    post: Post | None
    is_deleted: bool


def find_places(pk: int, *, reader: User | AnonymousUser) -> list[Place]:
    """
    Return the place of a post and of up to ANCESTORS posts above it, the nearest first.

    An id that never existed has the place of a deleted post. One query for a post that is no reply, three for others.
    """
    first = next(iter(_posts(reader, [pk])), None)
    if first is not None and first.reply_to_id is None:
        return [Place(pk, first, is_deleted=False)]
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [pk, ANCESTORS + 2])
        rows = cursor.fetchall()
    posts = {post.pk: post for post in _posts(reader, fill_up([place for place, _is_deleted in rows]))}
    return [Place(place, posts.get(place), bool(is_deleted)) for place, is_deleted in rows]


@compiled
def _posts(reader: User | AnonymousUser, ids: list[int]) -> QuerySet[Post]:
    return Post.objects.visible_to(reader).filter(pk__in=ids).for_timeline()


def find_replies(place: Place, request: HttpRequest) -> KeysetPage:
    """
    Return a page of the direct replies to a post, the oldest first, without those of users that the reader mutes.

    The first page begins with the author's own replies, which continue the thread, up to a page of them. Two queries.
    """
    reader, size = request.user, settings.POSTS_PER_PAGE
    author, continuation, shown_up_to = 0, [], LARGEST_ID
    if place.post:
        author = place.post.author_id
        continuation = Post.objects.replies_by_author(reader, place.pk, author, Cursor(size, after=0))
        if len(continuation) == size:
            # The author's later replies are among the others.
            shown_up_to = continuation[-1].pk
    replies = partial(Post.objects.other_replies, reader, place.pk, author, shown_up_to)
    page = paginate_upwards(request, replies, size=size)
    return page if page.newer else KeysetPage([*continuation, *page.items], older=page.older)
