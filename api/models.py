"""Requests with an `Idempotency-Key`."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class IdempotentRequest(models.Model):
    """A request that a client may repeat without repeating its effect, and its response, to be replayed."""

    # A hash of the client, method, path and key.
    scope = models.CharField(max_length=64, unique=True)
    # A hash of the body.
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    # None while the request is in progress.
    status = models.PositiveSmallIntegerField(null=True)
    # JSON in a string: a JSON column of a database would not keep the order of the members.
    response = models.JSONField(null=True)
    headers = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("idempotent request")
        verbose_name_plural = _("idempotent requests")
        indexes = [
            # Serves api.idempotency.delete_old_requests().
            models.Index(fields=["created_at"], name="idempotent_request_created_idx"),
        ]

    def __str__(self) -> str:
        return self.scope
