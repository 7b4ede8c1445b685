"""What a page of posts needs to know for its reader, in addition to the rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, QuerySet, Value

from accounts.models import User
from microblog.core.performance.queries import compiled, fill_up
from posts.models import Bookmark, Like, Post

# What a row of _facts() says: the reader likes a post or has bookmarked it, or a user has a name.
LIKED, REPOSTED, BOOKMARKED, NAMED = range(4)


def posts_of(rows: Iterable[Post]) -> list[Post]:
    """
    Return the posts that rows of the home timeline show, in their order and each once.

    Of a repost that is the post, with its `repost` set.
    """
    posts: dict[int, Post] = {}
    for row in rows:
        post = row
        if row.repost_of_id is not None:
            post = row.repost_of
            post.repost = row
        posts.setdefault(post.pk, post)
    return list(posts.values())


def prepare_posts(posts: Iterable[Post], *, reader: User) -> None:
    """
    Set on each post what the page shows to its reader: `addressee_name`, and whether the reader likes it and so on.

    One query, and none if no post has an addressee and all are annotated by with_reactions_of().
    """
    posts = list(posts)
    ids = [post.pk for post in posts if "is_liked" not in vars(post)]
    addressees = {post.addressee_id for post in posts if post.addressee_id is not None}
    if not ids and not addressees:
        return
    ids = fill_up(ids)
    known: list[dict[int | None, str]] = [{}, {}, {}, {}]
    for row in _facts(reader, reader.pk, ids, fill_up(addressees, len(ids))):
        known[row.fact][row.pk] = row.username
    for post in posts:
        post.addressee_name = known[NAMED].get(post.addressee_id)
        if ids:
            post.is_liked, post.is_reposted = post.pk in known[LIKED], post.pk in known[REPOSTED]
            post.is_bookmarked = post.pk in known[BOOKMARKED]


@compiled
def _facts(reader: User, reader_id: int, ids: list[int], people: list[int]) -> QuerySet[User]:
    """Return rows with a `fact` and the id of its post or user; only users have a name."""
    named = User.objects.visible_to(reader).filter(pk__in=people).only("username").annotate(fact=Value(NAMED))
    reposts = Post.objects.filter(author=reader_id, repost_of__in=ids, hidden_at=None)
    likes = Like.objects.filter(user=reader_id, post__in=ids, undone_at=None)
    bookmarks = Bookmark.objects.filter(user=reader_id, post__in=ids)
    about_posts = [
        _about_posts(likes, LIKED),
        _about_posts(reposts, REPOSTED, "repost_of"),
        _about_posts(bookmarks, BOOKMARKED),
    ]
    return named.union(*about_posts, all=True)


def _about_posts(reactions: QuerySet[Any], fact: int, post: str = "post") -> QuerySet[User]:
    marked = reactions.annotate(name=Value(None, CharField()), fact=Value(fact))
    return marked.values_list(post, "name", "fact")  # type: ignore[return-value] # in the shape of the users
