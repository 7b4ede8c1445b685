"""Likes and bookmarks of posts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Like(models.Model):
    """A like of a post by a user. An undone like is kept, so that the author is notified once."""

    # The constraint and the indexes below serve both directions.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="likes", db_index=False)
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="likes", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "posts"
        verbose_name = _("like")
        verbose_name_plural = _("likes")
        constraints = [
            # Serves services.like_post() and which posts of a page their reader likes.
            models.UniqueConstraint(fields=["user", "post"], name="like_user_post_unique"),
        ]
        indexes = [
            # Serves the list of users that like a post, recounts and the deletion of a post.
            models.Index(fields=["post", "-id"], name="like_post_id_idx"),
            # Serves the page of a user's likes.
            models.Index(fields=["user", "-id"], name="like_user_id_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.post_id}"


class Bookmark(models.Model):
    """A post that a user wants to find again. Only they know."""

    # The constraint and the indexes below serve both directions.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks", db_index=False
    )
    post = models.ForeignKey("posts.Post", on_delete=models.CASCADE, related_name="bookmarks", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "posts"
        verbose_name = _("bookmark")
        verbose_name_plural = _("bookmarks")
        constraints = [
            # Serves services.bookmark_post() and which posts of a page their reader has bookmarked.
            models.UniqueConstraint(fields=["user", "post"], name="bookmark_user_post_unique"),
        ]
        indexes = [
            # Serves the page of a user's bookmarks.
            models.Index(fields=["user", "-id"], name="bookmark_user_id_idx"),
            # Serves the deletion of a post.
            models.Index(fields=["post"], name="bookmark_post_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} → {self.post_id}"
