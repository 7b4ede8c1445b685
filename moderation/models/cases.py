"""Reports by users, and the cases that they join."""

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
    The reports about one post, person, message, entry or snippet until a decision; its id is the case number.

    Each of them has at most one open case, which further reports join.
    """

    class Kind(models.TextChoices):
        POST = "post", _("Post")
        PERSON = "person", _("Person")
        MESSAGE = "message", _("Message")
        ENTRY = "entry", _("Entry")
        SNIPPET = "snippet", _("Snippet")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPEALED = "appealed", _("Appeal")
        CLOSED = "closed", _("Closed")

    class Outcome(models.TextChoices):
        """The outcome so far, as shown to reporters."""

        DISMISSED = "dismissed", _("We reviewed it and found that it follows the rules.")
        ACTED = "acted", _("We reviewed it and took action: it broke the rules.")
        REVERSED = "reversed", _("We took action, and reversed the decision after another review.")

    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    # The id of the row that is reported, which may be deleted.
    target_id = models.BigIntegerField()
    # Its author, or the person.
    person = person_field(_("person"), related_name="cases", db_index=False)
    person_name = name_field(_("name at that time"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    # The order in the queue: when the case was opened or appealed, minus some hours per report.
    ranked_at = models.DateTimeField(_("rank"), default=timezone.now, editable=False)
    report_count = models.PositiveIntegerField(_("reports"), default=0)
    # Incremented with each decision, to detect concurrent decisions.
    decision_count = models.PositiveIntegerField(default=0)
    claimed_by = person_field(_("claimed by"), related_name="+")
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, blank=True)
    # Null while a decision is needed.
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
            # Serves services.delete_old_evidence().
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
        """The untranslated name of the case in the audit log."""
        return f"case {self.pk}"

    @property
    def is_claimed(self) -> bool:
        """Return whether the case has an unexpired claim."""
        return self.claimed_until is not None and self.claimed_until > timezone.now()

    def is_claimed_for(self, user: Any) -> bool:
        """Return whether another user has an unexpired claim."""
        return self.is_claimed and self.claimed_by_id not in (None, user.pk)


class Report(models.Model):
    """
    One user's report, with a snapshot of the reported content as evidence.

    Evidence and comment are kept until EVIDENCE_DAYS after the case closed, even when an account is deleted.
    """

    # Indexed by the constraint below.
    case = models.ForeignKey(
        Case, verbose_name=_("case"), on_delete=models.CASCADE, related_name="reports", db_index=False
    )
    reporter = person_field(_("reported by"), related_name="reports", db_index=False)
    rule = models.ForeignKey(Rule, verbose_name=_("rule"), on_delete=models.PROTECT, related_name="+")
    comment = models.TextField(_("comment"), blank=True)
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
    """A note of staff about a case, hidden from the person."""

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
