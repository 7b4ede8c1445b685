"""Tasks of likes."""

from jobs.tasks import task
from posts.counters import recount_posts
from posts.models import Like
from posts.reactions import notices

# Likes that one job reviews.
REVIEWED = 100


@task(unique=True)
def notify_liked(post_id: int, author_id: int) -> None:
    """Notify the author of a post of its likes. Safe to repeat: each like notifies once."""
    notices.notify_liked(post_id, author_id)


@task(unique=True)
def review_likes(user_id: int, author_id: int, after: int) -> None:
    """
    Count the posts that a user likes again, and review the notifications of their authors, in batches.

    Enqueued when the visibility of the user changes, or with an author for the posts of one that blocks or mutes them;
    0 means all authors. `after` is the id of the last like of the batch before. A repeated run changes nothing.
    """
    likes = Like.objects.filter(user=user_id, pk__gt=after, undone_at=None)
    if author_id:
        likes = likes.filter(post__author=author_id)
    rows = list(likes.order_by("pk").values_list("pk", "post", "post__author")[:REVIEWED])
    recount_posts(post for _pk, post, _author in rows)
    for _pk, post, author in rows:
        notify_liked.enqueue(post, author)
    if len(rows) == REVIEWED:
        review_likes.enqueue(user_id, author_id, rows[-1][0])
