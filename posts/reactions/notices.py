"""Notify the authors of posts of likes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from messaging.models import Notification
from messaging.notifications.services import notify_of_newest, withdraw_notifications
from posts.models import Like, Post
from posts.reactions.lists import notable_likes

# Likes are counted up to this number.
COUNTED = 1000


def notify_liked(post_id: int, author_id: int) -> None:
    """
    Let the notification of a post's author agree with its likes: one for a post, unread again only for a newer like.

    Without likes, and for a hidden or deleted post, it is withdrawn. Safe to repeat.
    """
    author = User.objects.filter(pk=author_id).first()
    if author is None:
        return
    kind, key = Notification.Kind.LIKED, str(post_id)
    post = Post.objects.visible_to(AnonymousUser()).filter(pk=post_id).first()
    likes = notable_likes(author, post).order_by("-created_at", "-pk") if post else Like.objects.none()
    newest = likes.select_related("user").first()
    if newest is None:
        withdraw_notifications(kind=kind, key=key, user=author)
    elif newest.created_at > timezone.now() - timedelta(days=settings.NOTIFICATION_DAYS):
        others = len(likes.values_list("pk")[:COUNTED]) - 1
        payload = {"others": others}
        notify_of_newest(author, kind=kind, key=key, payload=payload, actor=newest.user, created_at=newest.created_at)
