"""The append-only log of decisions, changes by staff, and commands."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """
    One action of staff or a command: actor, target, time and reason.

    Database triggers refuse updates and deletions. Actor and target are stored as ids and names without foreign keys,
    so that entries outlive them.
    """

    created_at = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    action = models.CharField(_("action"), max_length=50)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(_("actor"), max_length=150)
    target_type = models.CharField(max_length=50, blank=True)
    target_id = models.BigIntegerField(null=True)
    target_name = models.CharField(_("target"), max_length=150, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            # Serves the history of one target.
            models.Index(fields=["target_type", "target_id", "-id"], name="audit_entry_target_idx"),
            # Serves `manage.py audit_export` and the date hierarchy in the admin.
            models.Index(fields=["created_at"], name="audit_entry_created_at_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action} {self.target_name}".rstrip()
