"""Querysets of cases, reports and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.db.models import Model, OuterRef, QuerySet, Subquery

if TYPE_CHECKING:
    from accounts.models import User
    from moderation.models import Appeal, Case, Decision, Note, Report, Rule  # noqa: F401 - models of the querysets

Row_co = TypeVar("Row_co", bound=Model, covariant=True)


class RuleQuerySet(QuerySet["Rule"]):
    def in_force(self) -> Self:
        """Filter current rules, ordered by position."""
        return self.filter(retired_at=None).order_by("position", "pk")


class CaseRecordQuerySet(QuerySet[Row_co]):
    """Cases, or rows that belong to one."""

    # Lookup from a row to the person that its case is about.
    person_path: ClassVar[str] = "case__person"

    def visible_to_staff(self, viewer: User) -> Self:
        """
        Exclude cases about the viewer and what belongs to them.

        Every staff page starts from it: reporters stay anonymous to the person reported, and staff cannot work on
        cases about themselves, whatever their role.
        """
        return self.exclude(**{self.person_path: viewer})


class CaseQuerySet(CaseRecordQuerySet["Case"]):
    person_path = "person"

    def waiting(self) -> Self:
        """Filter cases that need a decision: open ones, and those with an appeal."""
        return self.filter(closed_at=None)

    def for_queue(self) -> Self:
        """Fetch what the queue shows; `evidence` is the snapshot of the first report."""
        reports = self.model.reports.rel.related_model._base_manager.filter(case=OuterRef("pk")).order_by("pk")
        evidence = Subquery(reports.values("evidence")[:1])
        return self.select_related("person", "claimed_by").annotate(evidence=evidence)

    def about(self, person: User) -> Self:
        """Filter cases about a person, newest first."""
        return self.filter(person=person).order_by("-pk")


class ReportQuerySet(CaseRecordQuerySet["Report"]):
    def by(self, reporter: User) -> Self:
        """Filter reports by a user, with their cases and rules."""
        return self.filter(reporter=reporter).select_related("case", "rule")


class DecisionQuerySet(CaseRecordQuerySet["Decision"]):
    person_path = "person"

    def notifiable(self) -> Self:
        """Filter decisions that the person is notified of."""
        return self.exclude(action=self.model.Action.DISMISS)

    def about(self, person: User) -> Self:
        """Filter decisions that a person is notified of, with everything that their page shows."""
        decisions = self.notifiable().filter(person=person)
        return decisions.select_related("rule", "appeal__resolution", "reversal", "case")

    def in_effect(self) -> Self:
        """Filter sanctions that were not reversed."""
        return self.filter(reversal=None, action__in=self.model.SANCTIONS)


class AppealQuerySet(CaseRecordQuerySet["Appeal"]):
    person_path = "decision__person"


class NoteQuerySet(CaseRecordQuerySet["Note"]):
    pass
