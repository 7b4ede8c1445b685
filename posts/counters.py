"""Repair of the counters of posts."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Count

from accounts.querysets import people_visible_to
from posts.models import Like, Post

# Replies of a user whose parents are recounted at once.
SLICE = 500


@transaction.atomic
def recount_posts(ids: Iterable[int], *, dry_run: bool = False) -> list[tuple[str, str, int, int]]:
    """
    Count the replies to, likes and reposts of the posts with these ids, and repair the counters that differ.

    Replies count unless they are hidden, likes and reposts unless they are undone; none counts if its user is
    suspended or deactivated. Return a tuple (post, counter, stored, counted) for each wrong counter. Lock the posts, a
    reply before its parent as all services do.
    """
    posts = list(Post.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("-pk"))
    replies = Post.objects.visible_to(AnonymousUser()).filter(reply_to__in=[post.pk for post in posts])
    likes = Like.objects.filter(people_visible_to(AnonymousUser(), "user__"), post__in=posts, undone_at=None)
    reposts = Post.objects.filter(people_visible_to(AnonymousUser(), "author__"), repost_of__in=posts, hidden_at=None)
    counted = {
        "reply_count": dict(replies.order_by().values_list("reply_to").annotate(count=Count("pk"))),
        "like_count": dict(likes.order_by().values_list("post").annotate(count=Count("pk"))),
        "repost_count": dict(reposts.order_by().values_list("repost_of").annotate(count=Count("pk"))),
    }
    wrong = []
    for post in posts:
        right = {counter: by_post.get(post.pk, 0) for counter, by_post in counted.items()}
        changes = {name: value for name, value in right.items() if getattr(post, name) != value}
        wrong += [(f"post {post.pk}", name, getattr(post, name), value) for name, value in changes.items()]
        if changes and not dry_run:
            Post.objects.filter(pk=post.pk).update(**changes)
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
