"""Notify users that a post answers or mentions them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from accounts.models import User, Username
from accounts.validators import fold_username
from messaging.models import Notification
from messaging.notifications.services import notify, withdraw_notifications
from posts.models import Post
from posts.rendering import find_mentions, mentioned_names

Kind = Notification.Kind


def notify_mentioned(post_id: int, author_id: int) -> None:
    """
    Notify the users that a post answers or mentions, and withdraw the notifications of those that it no longer does.

    The user that a reply answers is not notified of a mention in it. A hidden or deleted post notifies no users. Safe
    to repeat: each user is notified once, also when a mention is removed and added again. Each user's notification is
    a transaction of its own.
    """
    key = str(post_id)
    before = Notification.objects.filter(kind__in=(Kind.REPLIED, Kind.MENTIONED), key=key, actor=author_id)
    notified = {(row.user, row.kind) for row in before.filter(withdrawn_at=None).select_related("user")}
    post = Post.objects.visible_to(AnonymousUser()).select_related("author").filter(pk=post_id).first()
    concerned = _concerned_by(post) if post else set()
    for person, kind in notified - concerned:
        withdraw_notifications(kind=kind, key=key, user=person)
    if post:
        for person, kind in concerned - notified:
            notify(person, kind=kind, key=key, actor=post.author, created_at=post.edited_at or post.created_at)


def _concerned_by(post: Post) -> set[tuple[User, str]]:
    """Return the users that a post answers or mentions, and the kind of their notification."""
    answered = set(User.objects.filter(pk=post.addressee_id))
    mentioned = _mentioned_in(post.body) - answered
    return {(person, Kind.REPLIED) for person in answered} | {(person, Kind.MENTIONED) for person in mentioned}


def find_post_mentioning(reader: User, pk: int) -> Post | None:
    """Return a post if it answers or mentions the reader, even if one blocks the other; otherwise None."""
    post = Post.objects.visible_to(AnonymousUser()).for_timeline().filter(pk=pk).first()
    is_concerned = post and (post.addressee_id == reader.pk or reader in _mentioned_in(post.body))
    return post if is_concerned else None


def _mentioned_in(body: str) -> set[User]:
    keys = {fold_username(name) for name in find_mentions(body)}
    known = Username.objects.filter(key__in=keys).values_list("key", flat=True)
    return set(User.objects.filter(usernames__key__in=mentioned_names(body, set(known))))
