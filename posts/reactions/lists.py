"""Lists of likes, reposts and bookmarks, limited to what the viewer may see."""

from __future__ import annotations

from django.db.models import F, QuerySet

from accounts.models import User
from accounts.querysets import UserQuerySet
from posts.models import Post
from posts.querysets import PostQuerySet
from posts.reactions.models import Bookmark

# Search looks no further than this many bookmarks.
SEARCHED_BOOKMARKS = 10_000


def likers_of(post: Post, viewer: User) -> UserQuerySet:
    """Return the users that like a post and are visible to the viewer, each with `like_id`, the key of the list."""
    people = User.objects.visible_to(viewer).filter(likes__post=post, likes__undone_at=None)
    return people.annotate(like_id=F("likes__pk"))


def reposters_of(post: Post, viewer: User) -> UserQuerySet:
    """Return the users that repost a post and are visible to the viewer, each with `repost_id`, the list's key."""
    people = User.objects.visible_to(viewer).filter(posts__repost_of=post, posts__hidden_at=None)
    return people.annotate(repost_id=F("posts__pk"))


def liked_posts(viewer: User) -> PostQuerySet:
    """Return the visible posts that the viewer likes, each with `reaction_id`, the key of the list."""
    return _with_reaction_id(viewer, "likes", likes__user=viewer, likes__undone_at=None)


def bookmarked_posts(viewer: User) -> PostQuerySet:
    """Return the visible posts that the viewer has bookmarked, each with `reaction_id`, the key of the list."""
    return _with_reaction_id(viewer, "bookmarks", bookmarks__user=viewer)


def ids_of_bookmarked_posts(viewer: User) -> QuerySet[Bookmark, int]:
    """Return the ids of the posts of the viewer's newest bookmarks, visible or not."""
    newest = Bookmark.objects.filter(user=viewer).order_by("-pk")
    return newest.values_list("post_id", flat=True)[:SEARCHED_BOOKMARKS]


def _with_reaction_id(viewer: User, relation: str, **which: object) -> PostQuerySet:
    posts = Post.objects.visible_to(viewer, is_far=True).filter(**which).for_timeline()
    return posts.annotate(reaction_id=F(f"{relation}__pk"))
