"""Reads of cases, reports and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import OuterRef, QuerySet, Subquery

if TYPE_CHECKING:
    from accounts.models import User
    from moderation.models import Case, Decision, Report, Rule  # noqa: F401 - what the querysets are of


class RuleQuerySet(QuerySet["Rule"]):
    def in_force(self) -> Self:
        """Keep the rules that hold today, in the order in which they are read."""
        return self.filter(retired_at=None).order_by("position", "pk")


class CaseQuerySet(QuerySet["Case"]):
    def waiting(self) -> Self:
        """Keep the cases that need a decision: open ones, and those with an appeal."""
        return self.filter(closed_at=None)

    def for_queue(self) -> Self:
        """Fetch all that the queue shows of the cases, and what was reported as it was then."""
        reports = self.model.reports.rel.related_model._base_manager.filter(case=OuterRef("pk")).order_by("pk")
        evidence = Subquery(reports.values("evidence")[:1])
        return self.select_related("person", "claimed_by").annotate(evidence=evidence)

    def about(self, person: User) -> Self:
        """Keep the cases that concern one person, the newest first."""
        return self.filter(person=person).order_by("-pk")


class ReportQuerySet(QuerySet["Report"]):
    def by(self, reporter: User) -> Self:
        """Keep the reports that one person made, with their cases."""
        return self.filter(reporter=reporter).select_related("case", "rule")


class DecisionQuerySet(QuerySet["Decision"]):
    def about(self, person: User) -> Self:
        """Keep the decisions that a person is told of, with all that a statement of reasons says."""
        told = self.filter(person=person).exclude(action=self.model.Action.DISMISS)
        return told.select_related("rule", "appeal__answer", "reversal", "case")

    def in_effect(self) -> Self:
        """Keep the decisions that were not taken back."""
        return self.filter(reversal=None, action__in=self.model.SANCTIONS)
