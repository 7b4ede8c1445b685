"""The places of posts in threads."""

from __future__ import annotations

from django.db.models import F, Value
from django.db.models.functions import Greatest

from accounts.models import User
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


def add_to_reply_count(reply: Post, by: int) -> None:
    """Add to the reply_count of the post that a post replies to, if it is a reply and its author is active."""
    if reply.reply_to_id is not None and reply.author.suspended_at is None and reply.author.deactivated_at is None:
        Post.objects.filter(pk=reply.reply_to_id).update(reply_count=Greatest(F("reply_count") + by, Value(0)))


def keep_place(post: Post) -> None:
    """Keep the place of a post that is about to be deleted, if it has replies. Its row must be locked."""
    if Post.objects.filter(reply_to=post.pk).exists():
        DeletedPost.objects.create(pk=post.pk, reply_to_id=post.reply_to_id)
