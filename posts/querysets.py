"""Querysets of posts, limited to what the viewer may see, and the queries of timelines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.lookups import Exact, IsNull

from accounts.avatars import AVATAR_COLUMNS
from accounts.querysets import people_unmuted_by, people_visible_to
from microblog.core.changes import AnnouncingQuerySet
from microblog.core.pagination import Cursor
from microblog.core.performance.queries import compiled

if TYPE_CHECKING:
    from accounts.models import User
    from posts.models import Post
    from relationships.models import Follow

# For viewers with more followees, home_timeline() scans the newest ids instead of seeking the posts of each.
# Among 50,000 users the posts of 40 fill a page within 16,000 ids, mostly within 4,000; those of 200 within 1,200.
MERGED_FOLLOWEES = 40
# Queries for one page, each of twice as many rows as the one before, that leave out reposts which are not shown.
ATTEMPTS = 3
# Ids that the scan reads before it gives up.
MAX_SCANNED_IDS = 20_000


TIMELINE_FIELDS = (
    *("body", "body_html", "created_at", "edited_at", "language", "hidden_at", "hidden_reason"),
    *("reply_to", "addressee", "reply_count", "like_count", "repost_count", "repost_of"),
    *(f"author__{name}" for name in ("username", *AVATAR_COLUMNS)),
)


# Of a repost, the home timeline shows the post.
HOME_FIELDS = (*TIMELINE_FIELDS, *(f"repost_of__{name}" for name in TIMELINE_FIELDS))


def _unmuted_follows(viewer: User) -> QuerySet[Follow]:
    """Return the viewer's follows of users that the viewer does not mute."""
    return viewer.following_set.filter(people_unmuted_by(viewer, "followed__"))


def _heard_by(viewer: User) -> Q:
    """Match posts that are not replies, or answer the viewer or a user in the viewer's home timeline."""
    return Q(addressee=None) | Q(addressee=viewer) | Q(addressee__in=_unmuted_follows(viewer).values("followed"))


def _shown_on_home(viewer: User) -> Q:
    """
    Match posts, and of reposts those that the viewer's home timeline shows.

    It shows reposts by followed users, unless the viewer hides those, of posts that the viewer may see and does not
    mute, the first one on each day.
    """
    follows = _unmuted_follows(viewer).filter(hides_reposts=False)
    earlier = follows.filter(
        people_visible_to(viewer, "followed__"),
        followed__posts__repost_of=OuterRef("repost_of"),
        followed__posts__reposted_on=OuterRef("reposted_on"),
        followed__posts__pk__lt=OuterRef("pk"),
        followed__posts__hidden_at=None,
    )
    # PostgreSQL plans EXISTS twice, and these once. It tests the first of the two conditions before it joins posts.
    is_followed = IsNull(Subquery(follows.filter(followed=OuterRef("author")).values("pk")[:1]), False)
    is_first = IsNull(Subquery(earlier.values("pk")[:1]), True)
    return (Q(repost_of=None) | Q(is_followed, is_first)) & (
        Q(repost_of=None)
        | Q(
            people_visible_to(viewer, "repost_of__author__", is_far=True),
            people_unmuted_by(viewer, "repost_of__author__"),
            repost_of__author__isnull=False,  # not deleted
            repost_of__hidden_at=None,
        )
    )


class PostQuerySet(AnnouncingQuerySet["Post"]):
    def visible_to(self, viewer: User | AnonymousUser, *, is_far: bool = False) -> Self:
        """
        Keep the posts that the viewer may see: their own, and posts that are not hidden by users visible to them.

        No other code repeats this rule. The rule for users, with `is_far`, is in accounts.querysets. Reposts are left
        out: only the home timeline has them.
        """
        return self._with_reposts_visible_to(viewer, is_far=is_far).filter(repost_of=None)

    def _with_reposts_visible_to(self, viewer: User | AnonymousUser, *, is_far: bool = False) -> Self:
        published = Q(hidden_at=None) if viewer.pk is None else Q(hidden_at=None) | Q(author=viewer)
        return self.filter(published, people_visible_to(viewer, "author__", is_far=is_far))

    def unmuted_by(self, viewer: User | AnonymousUser) -> Self:
        """Exclude posts by users that the viewer mutes. Timelines apply it in addition to visible_to()."""
        return self.filter(people_unmuted_by(viewer, "author__"))

    def by(self, author: User) -> Self:
        """Keep the posts of one user, without reposts."""
        return self.filter(author=author, repost_of=None)

    def with_reactions_of(self, reader: User) -> Self:
        """Annotate the reader's reactions, as prepare_posts() sets them, where no further query is allowed."""
        return self.annotate(
            is_liked=Exists(reader.likes.filter(post=OuterRef("pk"), undone_at=None)),
            is_reposted=Exists(reader.posts.filter(repost_of=OuterRef("pk"), hidden_at=None)),
            is_bookmarked=Exists(reader.bookmarks.filter(post=OuterRef("pk"))),
        )

    def for_timeline(self) -> Self:
        """Fetch only the fields of posts and authors that a timeline shows."""
        return self.select_related("author").only(*TIMELINE_FIELDS)

    def for_home(self) -> Self:
        """Fetch what for_timeline() does, and the same of the posts that rows repost."""
        return self.select_related("author", "repost_of__author").only(*HOME_FIELDS)

    @compiled
    def explore_timeline(self, viewer: User, cursor: Cursor) -> QuerySet[Post]:
        """Return a page of the posts of all users that the viewer does not mute, without replies to others."""
        posts = self.visible_to(viewer).unmuted_by(viewer).filter(addressee=None)
        return cursor.window(posts.for_timeline())

    @compiled
    def profile_timeline(self, viewer: User, author_id: int, cursor: Cursor) -> QuerySet[Post]:
        """Return a page of the posts of one user, replies included."""
        return cursor.window(self.visible_to(viewer).filter(author=author_id).for_timeline())

    @compiled
    def own_timeline(self, viewer: User, author_id: int, cursor: Cursor) -> QuerySet[Post]:
        """Return a page of the posts of one user, without replies to others."""
        posts = self.visible_to(viewer).filter(author=author_id, addressee=None)
        return cursor.window(posts.for_timeline())

    @compiled
    def replies_by_author(self, viewer: User, post_id: int, author_id: int, cursor: Cursor) -> QuerySet[Post]:
        """Return a page of the direct replies to a post by one user."""
        replies = self.visible_to(viewer).filter(reply_to=post_id, author=author_id)
        return cursor.window(replies.for_timeline())

    @compiled
    def other_replies(
        self, viewer: User, post_id: int, author_id: int, shown_up_to: int, cursor: Cursor
    ) -> QuerySet[Post]:
        """Return a page of the direct replies to a post, without those of one user up to an id."""
        others = self.visible_to(viewer).unmuted_by(viewer).filter(~Q(author=author_id) | Q(pk__gt=shown_up_to))
        return cursor.window(others.filter(reply_to=post_id).for_timeline())

    def home_timeline(self, viewer: User, cursor: Cursor) -> list[Post]:
        """
        Return a page of the posts of the viewer and of followed users that the viewer does not mute.

        Of followed users' replies, only those to the viewer or to such users are included. Followed users' reposts are
        rows of their own, as _shown_on_home() says; posts.reading.posts_of() returns the posts to show.

        The query depends on the database and on how many users the viewer follows. All queries return the same rows
        (see docs/queries.md).
        """
        if connection.vendor != "postgresql":
            return self.home_by_author_list(viewer, cursor)
        if viewer.following_count > MERGED_FOLLOWEES:
            rows = self.home_by_scan(viewer, cursor)
            if len(rows) == cursor.limit:
                return rows
        return self.home_by_merge(viewer, cursor)

    def home_by_author_list(self, viewer: User, cursor: Cursor) -> list[Post]:
        """Return a page of home on SQLite, which stops reading an ordered list of authors at the end of the page."""
        return self._fill_page(self._home_by_author_list, viewer, cursor)

    def home_by_merge(self, viewer: User, cursor: Cursor) -> list[Post]:
        """
        Return a page of home on PostgreSQL: seek a page of ids of each followee, merge them, fetch the rows.

        It takes a few microseconds per followee, however few posts they have.
        """
        return self._fill_page(self._merge_home, viewer, cursor)

    def _fill_page(self, fetch: Callable[[User, Cursor], list[Post]], viewer: User, cursor: Cursor) -> list[Post]:
        """
        Return a page of home from a query that marks the reposts to show.

        It looks at the reposts of one page instead of those of each followee, and returns a few rows more than a page.
        In the rare case that these do not suffice, further pages are fetched, and at last all reposts looked at.
        """
        page: list[Post] = []
        further = cursor
        for _attempt in range(ATTEMPTS):
            rows = fetch(viewer, further)
            seen = Counter[int]()
            for place, row in enumerate(rows, 1):
                seen[row.author_id] += 1
                if seen[row.author_id] == further.limit:
                    # No more was sought of this author, whose next posts come before some of the rows below.
                    rows = rows[:place]
                    break
            page += [row for row in rows if row.is_shown]  # type: ignore[attr-defined] # annotated
            if len(page) >= cursor.limit or len(rows) < further.limit:
                return page[: cursor.limit]
            further = further.beyond(rows[-1].pk, limit=2 * further.limit)
        return self._home_by_thorough_list(viewer, cursor)

    @compiled
    def _home_by_author_list(self, viewer: User, cursor: Cursor) -> QuerySet[Post]:
        wider = replace(cursor, limit=cursor.limit + cursor.limit // 4)
        return self._marked(viewer, wider, wider.window(self._of_home_authors(viewer)).values("pk"))

    @compiled
    def _home_by_thorough_list(self, viewer: User, cursor: Cursor) -> QuerySet[Post]:
        return cursor.window(self._of_home_authors(viewer).filter(_shown_on_home(viewer)).for_home())

    def _of_home_authors(self, viewer: User) -> Self:
        me = viewer.__class__._base_manager.filter(pk=viewer.pk).values("pk")
        authors = _unmuted_follows(viewer).values("followed").union(me, all=True)
        posts = self._with_reposts_visible_to(viewer)
        return posts.filter(Q(author=viewer) | _heard_by(viewer), author__in=authors)

    @compiled
    def _merge_home(self, viewer: User, cursor: Cursor) -> QuerySet[Post]:
        posts = self.model._base_manager.all()
        heard = posts.filter(_heard_by(viewer), author=OuterRef("followed"), hidden_at=None)
        candidates = heard.filter(Q(repost_of=None) | Q(Exact(OuterRef("hides_reposts"), False)))
        followed = _unmuted_follows(viewer).filter(people_visible_to(viewer, "followed__"))
        sought = ArraySubquery(cursor.window(candidates).values("pk"))
        each = followed.values(
            post=Func(sought, function="unnest", set_returning=True, output_field=BigIntegerField())
        )
        own = cursor.window(posts.filter(author=viewer)).values("pk")
        wider = replace(cursor, limit=cursor.limit + cursor.limit // 4)
        # The viewer may see all of these, so visible_to() is not applied again.
        return self._marked(viewer, wider, wider.nearest(each, key="post").union(own, all=True))

    def _marked(self, viewer: User, cursor: Cursor, ids: QuerySet[Any, Any]) -> Self:
        """Fetch the rows nearest to the cursor, each with `is_shown`."""
        is_shown = ExpressionWrapper(_shown_on_home(viewer), BooleanField())
        return cursor.nearest(self.filter(pk__in=ids).for_home().annotate(is_shown=is_shown))

    @compiled
    def home_by_scan(self, viewer: User, cursor: Cursor) -> QuerySet[Post]:
        """
        Return a page of home on PostgreSQL for many followees: scan the newest ids and look up each author in a hash.

        Scans at most MAX_SCANNED_IDS ids, so the page can be short if the followees write little.
        """
        followed = _unmuted_follows(viewer).values("followed")
        # Sought for the few replies by followed authors: a second hash of all followees would take longer.
        addressee = _unmuted_follows(viewer).filter(followed=OuterRef("addressee")).values("followed")[:1]
        answered = Q(addressee=None) | Q(addressee=viewer) | Q(addressee=Subquery(addressee))
        posts = self._with_reposts_visible_to(viewer).filter(_shown_on_home(viewer))
        posts = posts.filter(Q(author=viewer) | (Q(author__in=followed) & answered))
        if cursor.after is not None:
            posts = posts.filter(pk__lte=cursor.after + MAX_SCANNED_IDS)
        elif cursor.before is not None:
            posts = posts.filter(pk__gte=cursor.before - MAX_SCANNED_IDS)
        else:
            newest = self.model._base_manager.order_by("-pk").values(lowest=F("pk") - MAX_SCANNED_IDS)
            posts = posts.filter(pk__gte=newest[:1])
        return cursor.window(posts.for_home())
