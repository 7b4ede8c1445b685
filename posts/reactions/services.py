"""Like, repost and bookmark posts. Each service is a transaction, and safe to repeat."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from microblog.core.exceptions import DomainError
from posts.languages import DETECTOR_VERSION
from posts.models import Post
from posts.reactions import tasks
from posts.reactions.models import Bookmark, Like
from posts.rendering import RENDERER_VERSION


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
    return _move_count(current, "like_count", by=1)


@transaction.atomic
def unlike_post(post: Post, *, actor: User) -> int:
    """Undo the like of a post, and return how many users like it. Raise CannotReact."""
    current = _lock(post, actor)
    if Like.objects.filter(user=actor, post=current, undone_at=None).update(undone_at=timezone.now()):
        return _move_count(current, "like_count", by=-1)
    return current.like_count


@transaction.atomic
def repost_post(post: Post, *, actor: User) -> int:
    """
    Repost a post to the home timelines of the actor's followers, and return how many users repost it.

    A repost that was undone is restored in its former place, so that no one sees it or is notified of it twice. Raise
    CannotReact, also for an own post that is hidden.
    """
    current = _lock(post, actor)
    if current.hidden_at is not None:
        raise CannotReact
    repost = Post.objects.filter(author=actor, repost_of=current).first()
    if repost is None:
        now = timezone.now()
        Post.objects.create(
            author=actor,
            repost_of=current,
            created_at=now,
            reposted_on=now.date(),
            renderer_version=RENDERER_VERSION,
            detector_version=DETECTOR_VERSION,
        )
    elif repost.hidden_at is not None:
        repost.hidden_at = None
        repost.save(update_fields=["hidden_at"])
    else:
        return current.repost_count
    return _move_count(current, "repost_count", by=1)


@transaction.atomic
def undo_repost(post: Post, *, actor: User) -> int:
    """Undo the repost of a post, and return how many users repost it. Raise CannotReact."""
    current = _lock(post, actor)
    repost = Post.objects.filter(author=actor, repost_of=current, hidden_at=None).first()
    if repost is None:
        return current.repost_count
    repost.hidden_at = timezone.now()
    repost.save(update_fields=["hidden_at"])
    return _move_count(current, "repost_count", by=-1)


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
    current = posts.only("author", "hidden_at", "like_count", "repost_count").first()
    active = User.objects.visible_to(AnonymousUser()).select_for_update(no_key=True).filter(pk=actor.pk)
    if current is None or active.values_list("pk").first() is None:
        raise CannotReact
    return current


def _move_count(post: Post, counter: str, *, by: int) -> int:
    """Update the number of likes or reposts of a locked post, and return it."""
    count = max(0, getattr(post, counter) + by)
    Post.objects.filter(pk=post.pk).update(**{counter: count})
    tasks.NOTIFIERS[counter].enqueue(post.pk, post.author_id)
    return int(count)
