"""Repair of the counters of posts."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Count

from posts.models import Post

# Replies of a user whose parents are recounted at once.
SLICE = 500


@transaction.atomic
def recount_posts(ids: Iterable[int], *, dry_run: bool = False) -> list[tuple[str, str, int, int]]:
    """
    Count the replies to the posts with these ids, and repair the counters that differ.

    Replies count unless they are hidden or their author is suspended or deactivated. Return a tuple (post, counter,
    stored, counted) for each wrong counter. Lock the posts, a reply before its parent as all services do.
    """
    posts = list(Post.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("-pk"))
    replies = Post.objects.visible_to(AnonymousUser()).filter(reply_to__in=[post.pk for post in posts])
    counted = dict(replies.order_by().values_list("reply_to").annotate(count=Count("pk")))
    wrong = []
    for post in posts:
        count = counted.get(post.pk, 0)
        if count != post.reply_count:
            wrong.append((f"post {post.pk}", "reply_count", post.reply_count, count))
            if not dry_run:
                Post.objects.filter(pk=post.pk).update(reply_count=count)
    return wrong


def recount_parents(user_id: int, *, after: int) -> int | None:
    """
    Repair the counters of the posts that a user replied to, for replies with ids above `after`.

    Return the id of the last reply if there may be more.
    """
    replies = Post.objects.filter(author=user_id, reply_to__isnull=False, pk__gt=after).order_by("pk")
    found = list(replies.values_list("pk", "reply_to")[:SLICE])
    recount_posts({parent for _reply, parent in found})
    return found[-1][0] if len(found) == SLICE else None
