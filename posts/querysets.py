"""Reads of posts, each limited to what the viewer may see, and the shapes of the timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BigIntegerField, F, Func, OuterRef, Q, QuerySet

from accounts.querysets import people_unmuted_by, people_visible_to
from microblog.core.changes import AnnouncingQuerySet
from microblog.core.pagination import Cursor
from microblog.core.performance.queries import compiled

if TYPE_CHECKING:
    from accounts.models import User
    from posts.models import Post
    from relationships.models import Follow

# Viewers who follow more people have the newest ids walked instead of the posts of each followee sought.
# Among 50,000 people the posts of 40 fill a page within 16,000 ids, mostly within 4,000; those of 200 within 1,200.
MERGED_FOLLOWEES = 40
# How many of the newest ids that walk looks at before it gives up.
WALKED_IDS = 20_000


TIMELINE_FIELDS = (
    *("body", "body_html", "created_at", "edited_at", "language", "hidden_at", "hidden_reason"),
    *("author__username", "author__email", "author__avatar_source"),
)


def _heard_by(viewer: User) -> QuerySet[Follow]:
    """Return the follows whose people speak on the viewer's home timeline."""
    return viewer.following_set.filter(people_unmuted_by(viewer, "followed__"))


class PostQuerySet(AnnouncingQuerySet["Post"]):
    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """
        Keep the posts that the viewer may see: not hidden, by people whom the viewer may see, and one's own.

        The one place of this rule; that of people is in accounts.querysets.
        """
        published = Q(hidden_at=None) if viewer.pk is None else Q(hidden_at=None) | Q(author=viewer)
        return self.filter(published, people_visible_to(viewer, "author__"))

    def unmuted_by(self, viewer: User | AnonymousUser) -> Self:
        """Leave out the posts of people whom the viewer mutes; for timelines, beside visible_to()."""
        return self.filter(people_unmuted_by(viewer, "author__"))

    def by(self, author: User) -> Self:
        """Keep one person's posts."""
        return self.filter(author=author)

    def for_timeline(self) -> Self:
        """Fetch everything that a timeline shows of the posts and their authors, and nothing else."""
        return self.select_related("author").only(*TIMELINE_FIELDS)

    @compiled
    def explore_timeline(self, viewer: User, cursor: Cursor) -> QuerySet[Post]:
        """Return the rows of a cursor in the posts of all users whom the viewer does not mute."""
        return cursor.window(self.visible_to(viewer).unmuted_by(viewer).for_timeline())

    @compiled
    def profile_timeline(self, viewer: User, author_id: int, cursor: Cursor) -> QuerySet[Post]:
        """Return the rows of a cursor in the posts of one user."""
        return cursor.window(self.visible_to(viewer).filter(author=author_id).for_timeline())

    def home_timeline(self, viewer: User, cursor: Cursor) -> list[Post]:
        """
        Return the rows of a cursor in the posts of the viewer and of followed users whom the viewer does not mute.

        The query depends on the database and on how many users the viewer follows; each returns the same rows (see
        docs/queries.md).
        """
        if connection.vendor != "postgresql":
            return self.home_by_author_list(viewer, cursor)
        if viewer.following_count > MERGED_FOLLOWEES:
            rows = self.home_by_walk(viewer, cursor)
            if len(rows) == cursor.limit:
                return rows
        return self.home_by_merge(viewer, cursor)

    @compiled
    def home_by_author_list(self, viewer: User, cursor: Cursor) -> QuerySet[Post]:
        """Return the rows of home on SQLite, which cuts an ordered list of authors off at the page by itself."""
        me = viewer.__class__._base_manager.filter(pk=viewer.pk).values("pk")
        authors = _heard_by(viewer).values("followed").union(me, all=True)
        return cursor.window(self.visible_to(viewer).filter(author__in=authors).for_timeline())

    @compiled
    def home_by_merge(self, viewer: User, cursor: Cursor) -> QuerySet[Post]:
        """
        Return the rows of home on PostgreSQL: seek a page of ids of each followee, merge them, fetch the page's rows.

        It takes some microseconds a followee, however silent they are.
        """
        posts = self.model._base_manager.all()
        sought = cursor.window(posts.filter(author=OuterRef("followed"), hidden_at=None)).values("pk")
        followed = _heard_by(viewer).filter(people_visible_to(viewer, "followed__"))
        each = followed.values(
            post=Func(ArraySubquery(sought), function="unnest", set_returning=True, output_field=BigIntegerField())
        )
        merged = cursor.nearest(each, key="post")
        own = cursor.window(posts.filter(author=viewer)).values("pk")
        # The viewer may see all of these: nothing is asked of them again.
        return cursor.nearest(self.filter(pk__in=merged.union(own, all=True)).for_timeline())

    @compiled
    def home_by_walk(self, viewer: User, cursor: Cursor) -> QuerySet[Post]:
        """
        Return the rows of home on PostgreSQL for many followees: walk the newest ids and test each author in a hash.

        Looks at WALKED_IDS ids at most, so the page can come up short where the followees are silent.
        """
        followed = _heard_by(viewer).values("followed")
        posts = self.visible_to(viewer).filter(Q(author__in=followed) | Q(author=viewer))
        if cursor.after is not None:
            posts = posts.filter(pk__lte=cursor.after + WALKED_IDS)
        elif cursor.before is not None:
            posts = posts.filter(pk__gte=cursor.before - WALKED_IDS)
        else:
            newest = self.model._base_manager.order_by("-pk").values(lowest=F("pk") - WALKED_IDS)
            posts = posts.filter(pk__gte=newest[:1])
        return cursor.window(posts.for_timeline())
