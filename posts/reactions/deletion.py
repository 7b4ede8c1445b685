"""Delete what deleted users and posts leave. Each service is a transaction, and safe to repeat."""

from django.db import transaction

from accounts.models import User
from posts.counters import recount_posts
from posts.models import Post

# Most rows of a kind that one transaction deletes.
DELETION_SLICE = 500


@transaction.atomic
def delete_reactions_of(user: User) -> int:
    """Delete a batch of the likes and bookmarks of a user that is being deleted, and return how many."""
    likes = list(user.likes.order_by("pk").values_list("pk", "post")[:DELETION_SLICE])
    posts = [post for _pk, post in likes]
    user.likes.filter(pk__in=[pk for pk, _post in likes]).delete()
    recount_posts(posts)
    bookmarks = list(user.bookmarks.values_list("pk", flat=True)[:DELETION_SLICE])
    user.bookmarks.filter(pk__in=bookmarks).delete()
    return len(likes) + len(bookmarks)


@transaction.atomic
def delete_reposts(post_id: int) -> bool:
    """Delete a batch of the reposts of a deleted post, and return whether more may be left."""
    reposts = list(Post.objects.filter(repost_of=post_id).values_list("pk", flat=True)[:DELETION_SLICE])
    Post.objects.filter(pk__in=reposts).delete()
    return len(reposts) == DELETION_SLICE
