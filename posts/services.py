"""Writes of posts. Each runs in a transaction of its own and moves its author's counter along."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.db.models import Count, F, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import Follow, User, Username
from accounts.querysets import people_visible_to
from accounts.validators import fold_username
from posts.models import Post
from posts.rendering import RENDERER_VERSION, find_mentions, render_body

# Posts that a transaction deletes at most.
DELETION_SLICE = 500


def publish_post(
    author: User, *, body: str, submission_key: uuid.UUID | None = None, created_at: datetime | None = None
) -> Post:
    """
    Write a post, and return it; `body` has passed the form's checks.

    With a `submission_key` that the author used before, return the post written then: a form sent twice, even at
    the same moment, writes one post. `created_at` is for data that was written earlier.
    """
    try:
        with transaction.atomic():
            post = Post(author=author, submission_key=submission_key, created_at=created_at or timezone.now())
            _set_body(post, body)
            post.save(force_insert=True)
            User.objects.filter(pk=author.pk).update(post_count=F("post_count") + 1)
    except IntegrityError:
        if submission_key is None:
            raise
        return Post.objects.by(author).get(submission_key=submission_key)
    return post


@transaction.atomic
def edit_post(post: Post, *, body: str) -> None:
    """Give a post another body and mark it as edited; an unchanged body changes nothing."""
    if body != post.body:
        _set_body(post, body)
        post.edited_at = timezone.now()
        post.save(update_fields=["body", "body_html", "renderer_version", "edited_at"])


@transaction.atomic
def delete_post(post: Post) -> None:
    """Delete a post; deleting it twice is harmless."""
    # The row may have been hidden or deleted since it was read, and the counter follows what it is now.
    current = Post.objects.select_for_update().filter(pk=post.pk).first()
    if current is None:
        return
    current.delete()
    if current.hidden_at is None:
        User.objects.filter(pk=current.author_id).update(post_count=Greatest(F("post_count") - 1, Value(0)))


def delete_posts_of(author: User) -> int:
    """Delete up to DELETION_SLICE posts of somebody whose account goes with its counter; return how many."""
    ids = list(Post.objects.by(author).order_by("-pk").values_list("pk", flat=True)[:DELETION_SLICE])
    for post in Post.objects.filter(pk__in=ids):
        post.delete()  # one by one, so that each is announced
    return len(ids)


def render_posts(posts: Iterable[Post]) -> None:
    """Render bodies again with today's renderer. Repeating it is harmless; who edits meanwhile wins."""
    posts = list(posts)
    mention_urls = _mention_urls(post.body for post in posts)
    for post in posts:
        Post.objects.filter(pk=post.pk, body=post.body).update(
            body_html=render_body(post.body, mention_urls=mention_urls), renderer_version=RENDERER_VERSION
        )


@transaction.atomic
def recount(ids: Iterable[int], *, dry_run: bool = False) -> list[tuple[str, str, int, int]]:
    """
    Count the posts and follows of the people with these ids, and set right the counters that differ.

    Posts count unless hidden; follows count between two people who are neither suspended nor deactivated.
    Return a tuple (username, counter, stored, counted) for each counter that was wrong. Locks the people's rows,
    in the order of their ids, so that nothing moves a counter meanwhile.
    """
    people = list(User.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    follows = Follow.objects.filter(
        people_visible_to(AnonymousUser(), "follower__"), people_visible_to(AnonymousUser(), "followed__")
    )
    counted = {
        "post_count": _count_by(Post.objects.filter(hidden_at=None, author__in=people), "author"),
        "follower_count": _count_by(follows.filter(followed__in=people), "followed"),
        "following_count": _count_by(follows.filter(follower__in=people), "follower"),
    }
    wrong = []
    for person in people:
        right = {counter: by_person.get(person.pk, 0) for counter, by_person in counted.items()}
        changes = {name: value for name, value in right.items() if getattr(person, name) != value}
        wrong += [(person.username, name, getattr(person, name), value) for name, value in changes.items()]
        if changes and not dry_run:
            User.objects.filter(pk=person.pk).update(**changes)
    return wrong


def _count_by(rows: QuerySet[Any], field: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(field).annotate(Count("pk")))


def _set_body(post: Post, body: str) -> None:
    post.body = body
    post.body_html = render_body(body, mention_urls=_mention_urls([body]))
    post.renderer_version = RENDERER_VERSION


def _mention_urls(bodies: Iterable[str]) -> dict[str, str]:
    """Map each folded name that is mentioned and held by somebody to the address of their profile."""
    keys = {fold_username(name) for body in bodies for name in find_mentions(body)}
    if not keys:
        return {}
    names = Username.objects.filter(key__in=keys).select_related("user")
    return {name.key: name.user.get_absolute_url() for name in names if name.user}
