"""Tasks of posts."""

from jobs.tasks import task
from posts import counters, mentions


@task(unique=True)
def notify_mentioned(post_id: int, author_id: int) -> None:
    """Notify the users that a post answers or mentions. Safe to repeat: each user is notified once."""
    mentions.notify_mentioned(post_id, author_id)


@task()
def recount_posts(*post_ids: int) -> None:
    """Repair the counters of posts. A repeated run changes nothing."""
    counters.recount_posts(post_ids)


@task(unique=True)
def recount_parents(user_id: int, after: int) -> None:
    """
    Repair the counters of the posts that a user replied to, in batches, from the reply after the id `after` on.

    A repeated run changes nothing.
    """
    if last := counters.recount_parents(user_id, after=after):
        recount_parents.enqueue(user_id, last)
