"""The models of in-app notifications, and of the kinds that a user does not want."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.notifications.querysets import NotificationQuerySet


class Notification(models.Model):
    """
    An in-app notification of a user. A later event of the same kind and key replaces it.

    Texts and links are in messaging.notifications.display.
    """

    class Kind(models.TextChoices):
        FOLLOWED = "followed", _("New follower")
        MENTIONED = "mentioned", _("Mention")
        REPLIED = "replied", _("Reply")
        LIKED = "liked", _("Likes of your posts")
        REPOSTED = "reposted", _("Reposts of your posts")
        EXPORT_READY = "export_ready", _("Your archive is ready")
        EXPORT_FAILED = "export_failed", _("Your archive failed")
        DECISION = "decision", _("Decision about you")
        REPORT_OUTCOME = "report_outcome", _("Outcome of a report")
        REPOSITORY = "repository", _("Watched repository")
        GITHUB_LIMIT = "github_limit", _("Rate limit of GitHub")
        # Only for the poll of open pages, neither listed nor counted. The key is the id of the task.
        TASK_PROGRESS = "task_progress", _("Progress of a task")

    # Shown as one row: "ana and 3 others followed you".
    GROUPED = (Kind.FOLLOWED,)
    # Users may silence these. The others are about the account, or answer what the user did.
    OPTIONAL = (Kind.FOLLOWED, Kind.MENTIONED, Kind.REPLIED, Kind.LIKED, Kind.REPOSTED, Kind.REPOSITORY)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # Identifies the event among those of its kind, such as the id of a post.
    key = models.CharField(_("key"), max_length=100, blank=True)
    payload = models.JSONField(_("payload"), default=dict)
    # The user that caused it, if any. Users that may not see the actor are not notified.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    read_at = models.DateTimeField(_("read at"), null=True)
    # Withdrawn notifications are hidden, and kept so that the user is not notified again.
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            # Serves the page of notifications.
            models.Index(fields=["user", "-id"], name="notification_user_id_idx"),
            # Serves marking all as read, and recounts.
            models.Index(fields=["user"], name="notification_unread_idx", condition=models.Q(read_at=None)),
            # Serves services.delete_old_notifications().
            models.Index(fields=["created_at"], name="notification_created_at_idx"),
        ]
        constraints = [
            # Serves notify(), withdraw_notification() and the progress of tasks in the poll.
            models.UniqueConstraint(fields=["user", "kind", "key"], name="notification_user_kind_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}".strip()


class SilencedKind(models.Model):
    """A kind of notification, one of Notification.OPTIONAL, that a user does not get."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="silenced_kinds", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=20)

    class Meta:
        verbose_name = _("silenced kind of notification")
        verbose_name_plural = _("silenced kinds of notifications")
        constraints = [
            # Serves notify() and the page of settings.
            models.UniqueConstraint(fields=["user", "kind"], name="silenced_kind_user_kind_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind}"
