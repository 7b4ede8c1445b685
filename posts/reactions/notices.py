"""Notify the authors of posts of likes and reposts."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.querysets import people_unmuted_by
from messaging.models import Notification
from messaging.notifications.services import notify_of_newest, withdraw_notifications
from posts.models import Post
from posts.reactions.lists import likers_of, reposters_of

# Users that like or repost a post are counted up to this number.
COUNTED = 1000
# The users that a kind of notification is about, and the time at which each reacted.
PEOPLE = {
    Notification.Kind.LIKED: (likers_of, "likes__created_at"),
    Notification.Kind.REPOSTED: (reposters_of, "posts__created_at"),
}


def notify_author(kind: Notification.Kind, post_id: int, author_id: int) -> None:
    """
    Let the notification of a post's author agree with its likes, or reposts.

    There is one for a post, unread again only for a newer one, by other users that are visible to and not muted by the
    author. Without any, and for a hidden or deleted post, it is withdrawn. Safe to repeat.
    """
    author = User.objects.filter(pk=author_id).first()
    if author is None:
        return
    key = str(post_id)
    post = Post.objects.visible_to(AnonymousUser()).filter(pk=post_id).first()
    people_of, time = PEOPLE[kind]
    people = people_of(post, author) if post else User.objects.none()
    people = people.filter(people_unmuted_by(author)).exclude(pk=author_id)
    newest = people.annotate(reacted_at=F(time)).order_by("-reacted_at", "-pk").first()
    if newest is None:
        withdraw_notifications(kind=kind, key=key, user=author)
    elif newest.reacted_at > timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS):
        payload = {"others": len(people.values_list("pk")[:COUNTED]) - 1}
        notify_of_newest(author, kind=kind, key=key, payload=payload, actor=newest, created_at=newest.reacted_at)
