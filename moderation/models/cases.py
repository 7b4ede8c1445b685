"""What users report, and the cases that their reports join."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from microblog.core.performance.urls import cached_reverse
from moderation.models.fields import name_field, person_field
from moderation.models.rules import Rule
from moderation.querysets import (
    CaseQuerySet,
    NoteQuerySet,
    ReportQuerySet,
)


class Case(models.Model):
    """
    What was reported about one post, person or message, until it is decided; its id is the case number.

    A thing has one open case at a time, and further reports join it.
    """

    class Kind(models.TextChoices):
        POST = "post", _("Post")
        PERSON = "person", _("Person")
        MESSAGE = "message", _("Message")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPEALED = "appealed", _("Appeal")
        CLOSED = "closed", _("Closed")

    class Outcome(models.TextChoices):
        """What came of it so far, in the words that those who reported it read."""

        DISMISSED = "dismissed", _("We looked at it and found that it keeps to the rules.")
        ACTED = "acted", _("We looked at it and acted: it broke the rules.")
        REVERSED = "reversed", _("We had acted, and took that back when we looked at it again.")

    kind = models.CharField(_("about"), max_length=7, choices=Kind)
    # The id of the post, person or message, which may be gone.
    target_id = models.BigIntegerField()
    # Who wrote it, or who it is.
    person = person_field(_("person"), related_name="cases", db_index=False)
    person_name = name_field(_("name then"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    # Where the case stands in the queue: its opening, or that of its appeal, less some hours for each report.
    ranked_at = models.DateTimeField(_("rank"), default=timezone.now, editable=False)
    report_count = models.PositiveIntegerField(_("reports"), default=0)
    # Rises with each decision, so that two people who decide at once notice.
    decision_count = models.PositiveIntegerField(default=0)
    claimed_by = person_field(_("claimed by"), related_name="+")
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, blank=True)
    # Set while nothing waits to be decided.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        permissions = [
            ("decide_case", "Can decide cases"),
            ("decide_about_staff", "Can decide cases about staff"),
        ]
        indexes = [
            # Serves CaseQuerySet.waiting() in the order of the queue.
            models.Index(fields=["ranked_at", "-id"], name="case_waiting_idx", condition=Q(closed_at=None)),
            # Serves CaseQuerySet.about().
            models.Index(fields=["person", "-id"], name="case_person_id_idx"),
            # Serves services.forget_evidence().
            models.Index(fields=["closed_at"], name="case_closed_at_idx"),
        ]
        constraints = [
            # Serves services.report().
            models.UniqueConstraint(fields=["kind", "target_id"], name="case_open_unique", condition=Q(state="open")),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="case_closed_at_state",
            ),
        ]

    def __str__(self) -> str:
        return gettext("Case %(number)d") % {"number": self.pk}

    @property
    def audit_name(self) -> str:
        """What the audit log calls the case, in one language for all."""
        return f"case {self.pk}"

    @property
    def is_claimed(self) -> bool:
        """Tell whether somebody works on the case right now."""
        return self.claimed_until is not None and self.claimed_until > timezone.now()

    def is_claimed_for(self, user: Any) -> bool:
        """Tell whether somebody else than `user` works on the case right now."""
        return self.is_claimed and self.claimed_by_id not in (None, user.pk)


class Report(models.Model):
    """
    One person's report, with what was reported as it was at that moment.

    Evidence and words are kept until EVIDENCE_DAYS after the case closed, also when an account goes.
    """

    # The constraint below begins with it.
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="reports", db_index=False
    )
    reporter = person_field(_("reported by"), related_name="reports", db_index=False)
    rule = models.ForeignKey(Rule, verbose_name=_("rule"), on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(_("in their own words"), blank=True)
    evidence = models.JSONField(_("evidence"), default=dict)
    created_at = models.DateTimeField(_("reported at"), default=timezone.now)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [
            # Serves ReportQuerySet.by().
            models.Index(fields=["reporter", "-id"], name="report_reporter_id_idx"),
        ]
        constraints = [
            # Serves the page of a case.
            models.UniqueConstraint(fields=["case", "reporter"], name="report_case_reporter_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"

    def get_absolute_url(self) -> str:
        return cached_reverse("moderation:report", self.case_id)


class Note(models.Model):
    """What one of the team wrote about a case for the others; the person never reads it."""

    case = models.ForeignKey(Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="notes")
    author = person_field(_("author"), related_name="+")
    author_name = name_field(_("author"))
    text = models.TextField(_("note"))
    created_at = models.DateTimeField(_("written at"), default=timezone.now)

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return self.text[:60]
