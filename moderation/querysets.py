"""Reads of cases, reports and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.db.models import Model, OuterRef, QuerySet, Subquery

if TYPE_CHECKING:
    from accounts.models import User
    from moderation.models import Appeal, Case, Decision, Note, Report, Rule  # noqa: F401 - what the querysets are of

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class RuleQuerySet(QuerySet["Rule"]):
    def in_force(self) -> Self:
        """Keep the rules that hold today, in the order in which they are read."""
        return self.filter(retired_at=None).order_by("position", "pk")


class CaseRecordQuerySet(QuerySet[Row_co]):
    """Rows that are a case or belong to one."""

    # Leads from a row to the person whom its case is about.
    person_path: ClassVar[str] = "case__person"

    def visible_to_staff(self, viewer: User) -> Self:
        """
        Leave out what belongs to cases about the viewer.

        Every page of staff begins here: the reporter of a case stays unknown to the person it is about, and nobody
        works on a case of their own, whatever their role.
        """
        return self.exclude(**{self.person_path: viewer})


class CaseQuerySet(CaseRecordQuerySet["Case"]):
    person_path = "person"

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


class ReportQuerySet(CaseRecordQuerySet["Report"]):
    def by(self, reporter: User) -> Self:
        """Keep the reports that one person made, with their cases."""
        return self.filter(reporter=reporter).select_related("case", "rule")


class DecisionQuerySet(CaseRecordQuerySet["Decision"]):
    person_path = "person"

    def about(self, person: User) -> Self:
        """Keep the decisions that a person is told of, with all that a statement of reasons says."""
        told = self.filter(person=person).exclude(action=self.model.Action.DISMISS)
        return told.select_related("rule", "appeal__answer", "reversal", "case")

    def in_effect(self) -> Self:
        """Keep the decisions that were not taken back."""
        return self.filter(reversal=None, action__in=self.model.SANCTIONS)


class AppealQuerySet(CaseRecordQuerySet["Appeal"]):
    person_path = "decision__person"


class NoteQuerySet(CaseRecordQuerySet["Note"]):
    pass
