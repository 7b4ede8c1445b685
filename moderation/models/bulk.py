"""One decision about many rows."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from moderation.models.decisions import Decision
from moderation.models.fields import name_field, person_field
from moderation.models.rules import Rule


class BulkDecision(models.Model):
    """
    A moderator's decision about many cases, texts or people, and how far it is carried out.

    moderation.bulk carries it out in slices; each row gets its own Decision.
    """

    actor = person_field(_("decided by"), related_name="+")
    actor_name = name_field(_("decided by"))
    action = models.CharField(_("decision"), max_length=16, choices=Decision.Action)
    rule = models.ForeignKey(
        Rule, verbose_name=_("rule"), on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(_("reason"), blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    # The model of the rows as "posts.Post", and their ids in the order in which they are decided.
    target_type = models.CharField(max_length=50)
    ids = models.JSONField(default=list)
    total = models.PositiveIntegerField(_("rows"))
    # The rows decided, and of the others how many were refused for which reason, in the moderator's language.
    done = models.PositiveIntegerField(_("done"), default=0)
    refusals = models.JSONField(default=dict)
    # The id of the newest decision that the moderator has seen; later ones were made in the meantime.
    last_decision = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(_("decided at"), default=timezone.now)
    # Set with rows left over if the moderator may not decide any longer.
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("bulk decision")
        verbose_name_plural = _("bulk decisions")

    def __str__(self) -> str:
        return f"{self.get_action_display()} ({self.total})"

    @property
    def refused(self) -> int:
        """The number of rows that were left unchanged."""
        return sum(self.refusals.values())

    @property
    def place(self) -> int:
        """The number of rows of the slices that are carried out."""
        return self.done + self.refused

    @property
    def is_stopped(self) -> bool:
        """Return whether it ended before its last row."""
        return self.finished_at is not None and self.place < self.total
