"""Requests of clients that are answered once."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class IdempotentRequest(models.Model):
    """One request that a client may send again without its effect happening twice, and its answer once known."""

    # A hash of who asked, what for, and the client's key.
    scope = models.CharField(max_length=64, unique=True)
    # A hash of the body.
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    # None while the request is worked on.
    status = models.PositiveSmallIntegerField(null=True)
    # JSON within a string: a database that parsed it would give its members in another order.
    answer = models.JSONField(null=True)
    headers = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("request of a client")
        verbose_name_plural = _("requests of clients")
        indexes = [
            # Serves core.api.idempotency.delete_old_requests().
            models.Index(fields=["created_at"], name="idempotent_request_created_idx"),
        ]

    def __str__(self) -> str:
        return self.scope
