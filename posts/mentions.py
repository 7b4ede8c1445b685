"""Notify users that a post mentions them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from accounts.models import User, Username
from accounts.validators import fold_username
from messaging.models import Notification
from messaging.notifications.services import notify, withdraw_notifications
from posts.models import Post
from posts.rendering import find_mentions, mentioned_names


def notify_mentioned(post_id: int, author_id: int) -> None:
    """
    Notify the users that a post mentions, and withdraw the notifications of users that it no longer mentions.

    A hidden or deleted post mentions no users. Safe to repeat: each user is notified once, also when a mention is
    removed and added again. Each user's notification is a transaction of its own.
    """
    kind, key = Notification.Kind.MENTIONED, str(post_id)
    before = Notification.objects.filter(kind=kind, key=key, actor=author_id, withdrawn_at=None)
    notified = set(User.objects.filter(pk__in=before.values("user")))
    post = Post.objects.visible_to(AnonymousUser()).select_related("author").filter(pk=post_id).first()
    mentioned = _mentioned_in(post.body) if post else set()
    for person in notified - mentioned:
        withdraw_notifications(kind=kind, key=key, user=person)
    if post:
        for person in mentioned - notified:
            notify(person, kind=kind, key=key, actor=post.author, created_at=post.edited_at or post.created_at)


def find_post_mentioning(reader: User, pk: int) -> Post | None:
    """Return a post if it mentions the reader, even if reader or author blocks the other; otherwise None."""
    post = Post.objects.visible_to(AnonymousUser()).for_timeline().filter(pk=pk).first()
    return post if post and reader in _mentioned_in(post.body) else None


def _mentioned_in(body: str) -> set[User]:
    keys = {fold_username(name) for name in find_mentions(body)}
    known = Username.objects.filter(key__in=keys).values_list("key", flat=True)
    return set(User.objects.filter(usernames__key__in=mentioned_names(body, set(known))))
