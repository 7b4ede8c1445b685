"""Like and bookmark posts. Each service is a transaction, and safe to repeat."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from microblog.core.exceptions import DomainError
from posts.counters import recount_posts
from posts.models import Post
from posts.reactions import tasks
from posts.reactions.models import Bookmark, Like

# Most likes and bookmarks that one transaction deletes.
DELETION_SLICE = 500


class CannotReact(DomainError):
    """The post is no longer visible to the user, or the user is no longer active."""

    def __init__(self) -> None:
        super().__init__(_("This post is no longer available."))


@transaction.atomic
def like_post(post: Post, *, actor: User) -> int:
    """
    Like a post, and return how many users like it.

    A like that was undone is restored with its time, so that the author is notified of it once. Raise CannotReact.
    """
    current = _lock(post, actor)
    like = Like.objects.filter(user=actor, post=current).first()
    if like is None:
        Like.objects.create(user=actor, post=current)
    elif like.undone_at is not None:
        Like.objects.filter(pk=like.pk).update(undone_at=None)
    else:
        return current.like_count
    return _move_count(current, by=1)


@transaction.atomic
def unlike_post(post: Post, *, actor: User) -> int:
    """Undo the like of a post, and return how many users like it. Raise CannotReact."""
    current = _lock(post, actor)
    if Like.objects.filter(user=actor, post=current, undone_at=None).update(undone_at=timezone.now()):
        return _move_count(current, by=-1)
    return current.like_count


@transaction.atomic
def bookmark_post(post: Post, *, actor: User) -> None:
    """Bookmark a post. Raise CannotReact."""
    Bookmark.objects.get_or_create(user=actor, post=_lock(post, actor))


@transaction.atomic
def unbookmark_post(post: Post, *, actor: User) -> None:
    """Delete the bookmark of a post. Raise CannotReact."""
    Bookmark.objects.filter(user=actor, post=_lock(post, actor)).delete()


def _lock(post: Post, actor: User) -> Post:
    """
    Lock the row of a post and then that of the actor, and return the post; raise CannotReact.

    The post comes first, as in services that hide or delete it and then update its author. With the actor locked, a
    suspension, which corrects counters by a job, comes before this transaction or after it.
    """
    posts = Post.objects.visible_to(actor).select_for_update(of=("self",), no_key=True).filter(pk=post.pk)
    current = posts.only("author", "like_count").first()
    active = User.objects.visible_to(AnonymousUser()).select_for_update(no_key=True).filter(pk=actor.pk)
    if current is None or active.values_list("pk").first() is None:
        raise CannotReact
    return current


def _move_count(post: Post, *, by: int) -> int:
    """Update the number of likes of a locked post, and return it."""
    count = max(0, post.like_count + by)
    Post.objects.filter(pk=post.pk).update(like_count=count)
    tasks.notify_liked.enqueue(post.pk, post.author_id)
    return count


@transaction.atomic
def delete_reactions_of(user: User) -> int:
    """Delete a batch of the likes and bookmarks of a user whose account is being deleted, and return how many."""
    likes = list(user.likes.order_by("pk").values_list("pk", "post")[:DELETION_SLICE])
    posts = [post for _pk, post in likes]
    user.likes.filter(pk__in=[pk for pk, _post in likes]).delete()
    recount_posts(posts)
    bookmarks = list(user.bookmarks.values_list("pk", flat=True)[:DELETION_SLICE])
    user.bookmarks.filter(pk__in=bookmarks).delete()
    return len(likes) + len(bookmarks)
