"""Write posts. Each service is a transaction, and keeps the author's post_count right."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User, Username
from accounts.validators import fold_username
from audit.services import make_entry, record, record_each
from messaging.notifications.badges import lock_users
from microblog.core.counters import add_to_counter
from microblog.core.fields import identify_submission
from posts import tasks
from posts.languages import DETECT, DETECTOR_VERSION, SET_BY_HAND, detect_language
from posts.models import Post
from posts.rendering import RENDERER_VERSION, find_mentions, render_body
from posts.threads.services import add_to_reply_counts, addressee_of, lock_parent

LANGUAGE_FIELDS = ("language", "detector_version")
# Most posts that one transaction deletes.
DELETION_SLICE = 500
# Posts that one run of the schedule renders.
RENDERING_SLICE = 500


def publish_post(
    author: User,
    *,
    body: str,
    submission_key: uuid.UUID | None = None,
    created_at: datetime | None = None,
    reply_to: int | None = None,
) -> Post:
    """
    Create and return a post; `body` must be validated. The language is detected.

    `reply_to` is the id of the post that it replies to; raise CannotReply if that post is not visible to the author.

    If the author already used the `submission_key` with the same body, return the existing post: a form that is sent
    twice, even at the same moment, creates one post. `created_at` is for imported and demo data.
    """
    submission_key = identify_submission(submission_key, body)
    try:
        with transaction.atomic():
            post = Post(author=author, submission_key=submission_key, created_at=created_at or timezone.now())
            if reply_to is not None:
                parent = lock_parent(reply_to, author=author)
                post.reply_to_id, post.addressee_id = parent.pk, addressee_of(author, parent)
            _set_body(post, body)
            post.save(force_insert=True)
            add_to_reply_counts([post], 1)
            User.objects.filter(pk=author.pk).update(post_count=F("post_count") + 1)
    except IntegrityError:
        if submission_key is None:
            raise
        return Post.objects.by(author).get(submission_key=submission_key)
    return post


@transaction.atomic
def edit_post(post: Post, *, body: str, language: str | None = None) -> None:
    """
    Change the body of a post and mark it as edited, unless the body is the same.

    `language` is as in set_language(). With None the language of a new body is detected.
    """
    if body != post.body:
        _set_body(post, body)
        post.edited_at = timezone.now()
        post.save(update_fields=["body", "body_html", "renderer_version", "edited_at", *LANGUAGE_FIELDS])
    if language is not None:
        set_language(post, language=language)


def set_language(post: Post, *, language: str) -> None:
    """Set the language of a post to a code, or '' for no language; DETECT detects it from the body."""
    before = post.language, post.detector_version
    if language == DETECT:
        _set_detected_language(post)
    else:
        post.language, post.detector_version = language, SET_BY_HAND
    if before != (post.language, post.detector_version):
        post.save(update_fields=LANGUAGE_FIELDS)


@transaction.atomic
def correct_language(post: Post, *, language: str, actor: User) -> None:
    """Set the language of a post as set_language() does, and log changes that staff make to others' posts."""
    before = post.language
    set_language(post, language=language)
    if actor.pk != post.author_id and post.language != before:
        record(
            "post.language", actor=actor, target=post, before={"language": before}, after={"language": post.language}
        )


def detect_languages(posts: Iterable[Post], *, dry_run: bool = False) -> int:
    """
    Detect the languages of posts, and return how many changed.

    Safe to repeat. A concurrent edit or change of the language wins.
    """
    changed = 0
    for post in posts:
        language = detect_language(post.body)
        changed += language != post.language
        if not dry_run:
            Post.objects.filter(pk=post.pk, body=post.body, detector_version=post.detector_version).update(
                language=language, detector_version=DETECTOR_VERSION
            )
    return changed


@transaction.atomic
def delete_post(post: Post) -> None:
    """Delete a post. Safe to repeat."""
    # The post may have been hidden or deleted since it was read; the counter depends on its current state.
    current = _lock(post)
    if current is None:
        return
    current.delete()
    if current.hidden_at is None:
        _count([current], by=-1)


def hide_post(
    post: Post, *, actor: User, reason: str, rule: str = "", details: Mapping[str, Any] | None = None
) -> bool:
    """Hide a post, as hide_posts() does, and return whether it was visible before."""
    return bool(hide_posts({post.pk: dict(details or {})}, actor=actor, reason=reason, rule=rule))


@transaction.atomic
def hide_posts(posts: Mapping[int, dict[str, Any]], *, actor: User, reason: str, rule: str = "") -> set[int]:
    """
    Hide posts from everyone but their authors, and return the ids of those that were visible before.

    `posts` are their ids, with details for the audit log. The authors see the rule, or the reason if there is no rule.
    Locks the posts, the posts that they reply to, and the authors; the number of statements is always the same.
    """
    visible = [post for post in _lock_each(posts) if post.hidden_at is None]
    hidden_at = timezone.now()
    rows = Post.objects.filter(pk__in=[post.pk for post in visible])
    rows.update(hidden_at=hidden_at, hidden_by=actor, hidden_reason=(rule or reason)[:200])
    _count(visible, by=-1)
    entry = partial(make_entry, "post.hide", actor=actor, reason=reason, before={"hidden_at": None})
    after = {"hidden_at": hidden_at.isoformat()}
    record_each(entry(target=post, after=after | posts[post.pk]) for post in visible)
    return {post.pk for post in visible}


@transaction.atomic
def restore_post(post: Post, *, actor: User, reason: str = "", details: Mapping[str, Any] | None = None) -> bool:
    """Restore a hidden post, and return whether it was hidden. `details` are added to the audit log."""
    current = _lock(post)
    if current is None or current.hidden_at is None:
        return False
    before = {"hidden_at": current.hidden_at.isoformat(), "hidden_reason": current.hidden_reason}
    Post.objects.filter(pk=current.pk).update(hidden_at=None, hidden_by=None, hidden_reason="")
    _count([current], by=1)
    record("post.restore", actor=actor, target=current, reason=reason, before=before, after=details)
    return True


def _lock(post: Post) -> Post | None:
    """Lock and return the current row of a post, or None if it is deleted."""
    return Post.objects.select_related("author").select_for_update(of=("self",)).filter(pk=post.pk).first()


def _lock_each(ids: Collection[int]) -> list[Post]:
    """Lock and return the current rows of posts that exist, in the order of their ids; lock their parents too."""
    parents = Post.objects.filter(pk__in=ids, reply_to__isnull=False).values_list("reply_to", flat=True)
    # A reply before its parent, as all services do.
    locked = Post.objects.select_related("author").select_for_update(of=("self",)).order_by("-pk")
    found = list(locked.filter(pk__in={*ids, *parents}))
    return [post for post in reversed(found) if post.pk in ids]


def _count(posts: Collection[Post], *, by: int) -> None:
    """Add `by` to the counters that posts are part of: the post_count of authors, and the reply_count of parents."""
    add_to_reply_counts(posts, by)
    authors = [post.author_id for post in posts]
    if len(posts) > 1:
        lock_users(*authors)
    add_to_counter(User.objects.all(), "post_count", authors, by=by)


def delete_posts_of(author: User) -> int:
    """Delete up to DELETION_SLICE posts and reposts of a user that is being deleted; return how many."""
    posts = list(Post.objects.filter(author=author).order_by("-pk")[:DELETION_SLICE])
    for post in posts:
        with transaction.atomic():
            if (current := _lock(post)) is not None:
                current.delete()  # one by one, so that the signals of each are sent
    # Whether they were counted depends on whether a job has run since the account was closed.
    if counted := {pk for post in posts if (pk := post.reply_to_id or post.repost_of_id) is not None}:
        tasks.recount_posts.enqueue(*counted)
    return len(posts)


def render_older_posts() -> bool:
    """
    Render up to RENDERING_SLICE posts whose HTML an older renderer wrote, the newest first.

    Return whether more may be left.
    """
    older = Post.objects.filter(renderer_version__lt=RENDERER_VERSION).order_by("-renderer_version", "-pk")
    posts = list(older[:RENDERING_SLICE])
    render_posts(posts)
    return len(posts) == RENDERING_SLICE


@transaction.atomic
def render_posts(posts: Iterable[Post]) -> None:
    """Render the bodies of posts again. Safe to repeat. A concurrent edit wins."""
    posts = list(posts)
    urls = mention_urls(post.body for post in posts)
    for post in posts:
        Post.objects.filter(pk=post.pk, body=post.body).update(
            body_html=render_body(post.body, mention_urls=urls), renderer_version=RENDERER_VERSION
        )


def mention_urls(bodies: Iterable[str]) -> dict[str, str]:
    """Return the profile URL of each known name in the bodies by folded name, "" if its user was deleted."""
    keys = {fold_username(name) for body in bodies for name in find_mentions(body)}
    if not keys:
        return {}
    names = Username.objects.filter(key__in=keys).select_related("user")
    return {name.key: name.user.get_absolute_url() if name.user else "" for name in names}


def _set_body(post: Post, body: str) -> None:
    post.body = body
    post.body_html = render_body(body, mention_urls=mention_urls([body]))
    post.renderer_version = RENDERER_VERSION
    _set_detected_language(post)


def _set_detected_language(post: Post) -> None:
    post.language, post.detector_version = detect_language(post.body), DETECTOR_VERSION
