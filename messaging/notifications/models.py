"""What the site tells a user."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from messaging.notifications.querysets import NotificationQuerySet


class Notification(models.Model):
    """
    One thing that the site tells one person; a later event of the same kind and key takes its place.

    The sentence of each kind is in messaging.notifications.sentences.
    """

    class Kind(models.TextChoices):
        FOLLOWED = "followed", _("Somebody follows you")
        MENTIONED = "mentioned", _("Somebody mentioned you")
        EXPORT_READY = "export_ready", _("Your archive is ready")
        EXPORT_FAILED = "export_failed", _("Your archive failed")
        DECISION = "decision", _("Decision about you")
        REPORT_OUTCOME = "report_outcome", _("Outcome of a report")
        # Told to open pages by the poll, and neither listed nor counted; the key is the id of the task.
        TASK_PROGRESS = "task_progress", _("Progress of a task")

    # Told together: "ana and 3 others followed you".
    GROUPED = (Kind.FOLLOWED,)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # Which of several of a kind, such as the id of a post.
    key = models.CharField(_("key"), max_length=100, blank=True)
    payload = models.JSONField(_("payload"), default=dict)
    # Whose doing it is, if it is another person's: who may not see them is not told.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    read_at = models.DateTimeField(_("read at"), null=True)
    # Since when it is no longer so: it is not shown, and says that the user has been notified already.
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            # Serves the page of notifications.
            models.Index(fields=["user", "-id"], name="notification_user_id_idx"),
            # Serves reading all at once, and recounts.
            models.Index(fields=["user"], name="notification_unread_idx", condition=models.Q(read_at=None)),
            # Serves services.delete_old_notifications().
            models.Index(fields=["created_at"], name="notification_created_at_idx"),
        ]
        constraints = [
            # Serves notify(), withdraw_notification() and the progress of tasks that the poll asks for.
            models.UniqueConstraint(fields=["user", "kind", "key"], name="notification_user_kind_key_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}".strip()
