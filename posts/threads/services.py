"""The places of posts in threads."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import User
from microblog.core.counters import add_to_counter
from posts.models import DeletedPost, Post
from posts.threads.exceptions import CannotReply


def lock_parent(pk: int, *, author: User) -> Post:
    """
    Lock and return the post that a user replies to, until the end of the transaction.

    Raise CannotReply if it is deleted or not visible to the user.
    """
    parent = Post.objects.visible_to(author).select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
    if parent is None:
        raise CannotReply
    return parent


def addressee_of(author: User, parent: Post) -> int | None:
    """Return the id of the user that a reply answers: the author of the parent, or the addressee of an own parent."""
    return parent.addressee_id if parent.author_id == author.pk else parent.author_id


def add_to_reply_counts(posts: Iterable[Post], by: int) -> None:
    """Add to the reply_count of the posts that posts reply to, for those that are replies by active authors."""
    active = (post for post in posts if post.author.suspended_at is None and post.author.deactivated_at is None)
    parents = [post.reply_to_id for post in active if post.reply_to_id is not None]
    add_to_counter(Post.objects.all(), "reply_count", parents, by=by)


def keep_place(post: Post) -> None:
    """Keep the place of a post deleted in this transaction, if replies to it are left. Safe to repeat."""
    if Post.objects.filter(reply_to=post.pk).exists():
        DeletedPost.objects.get_or_create(pk=post.pk, defaults={"reply_to_id": post.reply_to_id})
