"""Tasks about posts."""

from jobs.tasks import task
from posts import mentions


@task(unique=True)
def tell_mentioned(post_id: int, author_id: int) -> None:
    """Notify those whom a post mentions; reads the post again and notifies nobody twice."""
    mentions.tell_mentioned(post_id, author_id)
