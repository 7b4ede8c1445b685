"""Tasks of likes and reposts."""

from typing import Any

from django.db.models import QuerySet

from jobs.tasks import task
from messaging.models import Notification
from posts.counters import recount_posts
from posts.models import Like, Post
from posts.reactions import deletion, notices

# Likes or reposts that one job reviews.
REVIEWED = 100


@task(unique=True)
def notify_liked(post_id: int, author_id: int) -> None:
    """Notify the author of a post of its likes. Safe to repeat: each like notifies once."""
    notices.notify_author(Notification.Kind.LIKED, post_id, author_id)


@task(unique=True)
def notify_reposted(post_id: int, author_id: int) -> None:
    """Notify the author of a post of its reposts. Safe to repeat: each repost notifies once."""
    notices.notify_author(Notification.Kind.REPOSTED, post_id, author_id)


# The task that notifies the author of a post, by the counter of the post.
NOTIFIERS = {"like_count": notify_liked, "repost_count": notify_reposted}


@task(unique=True)
def review_likes(user_id: int, author_id: int, after: int) -> None:
    """
    Count the posts that a user likes again, and review the notifications of their authors, in batches.

    Enqueued when the visibility of the user changes, or with an author for the posts of one that blocks or mutes them;
    0 means all authors. `after` is the id of the last like of the batch before. A repeated run changes nothing.
    """
    likes = Like.objects.filter(user=user_id, pk__gt=after, undone_at=None)
    if last := _review(likes, "post", author_id, notify_liked):
        review_likes.enqueue(user_id, author_id, last)


@task(unique=True)
def review_reposts(user_id: int, author_id: int, after: int) -> None:
    """Count and review the posts that a user reposts, as review_likes() does those that the user likes."""
    reposts = Post.objects.filter(author=user_id, repost_of__isnull=False, pk__gt=after, hidden_at=None)
    if last := _review(reposts, "repost_of", author_id, notify_reposted):
        review_reposts.enqueue(user_id, author_id, last)


def _review(reactions: QuerySet[Any], post: str, author_id: int, notify: Any) -> int | None:
    """Review a batch; return the id of its last reaction if there may be more. `post` is the field with the post."""
    if author_id:
        reactions = reactions.filter(**{f"{post}__author": author_id})
    rows = list(reactions.order_by("pk").values_list("pk", post, f"{post}__author")[:REVIEWED])
    recount_posts(reacted for _pk, reacted, _author in rows)
    for _pk, reacted, author in rows:
        if author is not None:
            notify.enqueue(reacted, author)
    return rows[-1][0] if len(rows) == REVIEWED else None


@task(unique=True)
def delete_reposts(post_id: int) -> None:
    """Delete the reposts of a deleted post, in batches. A repeated run changes nothing."""
    if deletion.delete_reposts(post_id):
        delete_reposts.enqueue(post_id)
