"""Tasks of posts."""

from jobs.tasks import task
from posts import mentions


@task(unique=True)
def notify_mentioned(post_id: int, author_id: int) -> None:
    """Notify the users that a post mentions. Safe to repeat: each user is notified once."""
    mentions.notify_mentioned(post_id, author_id)
