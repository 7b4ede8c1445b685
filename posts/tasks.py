"""Jobs about posts, counters and exports."""

from jobs.outbox import enqueue
from posts import services


def tell_mentioned(post_id: int, author_id: int) -> None:
    """Tell those whom a post mentions; reads the post again and tells nobody twice."""
    services.tell_mentioned(post_id, author_id)


def render_older_posts() -> None:
    """Render posts with today's renderer, in slices; repeated, it finds those that are left."""
    if services.render_older_posts():
        enqueue("posts.tasks.render_older_posts", key="posts.tasks.render_older_posts")
