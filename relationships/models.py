"""Follows, blocks and mutes."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Follow(models.Model):
    """A follow: the home timeline of `follower` includes the posts of `followed`."""

    # The constraint and the index below serve both directions.
    follower = models.ForeignKey(User, on_delete=models.CASCADE, related_name="following_set", db_index=False)
    followed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follower_set", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    # Whether the home timeline of `follower` leaves out what `followed` reposts.
    hides_reposts = models.BooleanField(_("hides reposts"), default=False, db_default=False)

    class Meta:
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        constraints = [
            # Serves UserQuerySet.followed_by() and with_is_followed(), and the home timeline.
            models.UniqueConstraint(fields=["follower", "followed"], name="follow_follower_followed_unique"),
            models.CheckConstraint(condition=~models.Q(follower=models.F("followed")), name="follow_not_self"),
        ]
        indexes = [
            # Serves UserQuerySet.followers_of() and recounts.
            models.Index(fields=["followed", "follower"], name="follow_followed_follower_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} → {self.followed_id}"


class Block(models.Model):
    """A block: neither of the two users can see or follow the other."""

    # The constraint and the index below serve both directions.
    blocker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks_made", db_index=False)
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks_received", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            # Serves people_visible_to() and UserQuerySet.blocked_by().
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_blocker_blocked_unique"),
            models.CheckConstraint(condition=~models.Q(blocker=models.F("blocked")), name="block_not_self"),
        ]
        indexes = [
            # Serves people_visible_to() in the other direction.
            models.Index(fields=["blocked", "blocker"], name="block_blocked_blocker_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} → {self.blocked_id}"


class Mute(models.Model):
    """A mute: `muted` is absent from timelines and notifications of `muter`, and is not notified of it."""

    muter = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mutes_made", db_index=False)
    muted = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mutes_received", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        constraints = [
            # Serves people_unmuted_by() and UserQuerySet.muted_by().
            models.UniqueConstraint(fields=["muter", "muted"], name="mute_muter_muted_unique"),
            models.CheckConstraint(condition=~models.Q(muter=models.F("muted")), name="mute_not_self"),
        ]
        indexes = [
            # Serves the deletion of an account.
            models.Index(fields=["muted", "muter"], name="mute_muted_muter_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.muter_id} → {self.muted_id}"
