"""Reports, with a snapshot of the reported content as evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Model
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from microblog.core.exceptions import DomainError
from moderation.models import Case, Report, Rule
from moderation.services.kinds import KINDS, kind_of

# How far each report moves a case up the queue, as if it had waited that much longer.
HEAD_START = timedelta(hours=6)


class CannotReport(DomainError):
    """Users cannot report themselves."""

    def __init__(self) -> None:
        super().__init__(_("You cannot report yourself."))


def find_reportable(kind: str, pk: int, *, reporter: User) -> Any:
    """
    Return what a user may report: content visible to them, posts mentioning them, received messages, and users.

    Blocks are ignored: users who mention or write to someone and then block them can be reported.
    """
    return KINDS[kind].find(reporter, pk)


@transaction.atomic
def report(thing: Model, *, actor: User, rule: Rule, comment: str = "") -> Report:
    """
    Report an object of one of the KINDS, with a snapshot of it, and return the report.

    Reports join the open case; a second report by the same actor returns the first. Raise CannotReport for the actor
    themselves. The caller has checked that the actor may report it. Of a user hidden from the actor by a block only
    the name is kept, since reporters can read their reports.
    """
    if KINDS[kind_of(thing)].person(thing).pk == actor.pk:
        raise CannotReport
    (made,) = report_each([thing], actor=actor, rule=rule, comment=comment)
    return made


@transaction.atomic
def report_each(things: Sequence[Any], *, actor: User, rule: Rule, comment: str = "") -> list[Report]:
    """
    Report objects of one kind as report() does, none of them the actor's, and return the reports, with their cases.

    The cases are locked. The number of statements does not depend on that of objects.
    """
    kind = kind_of(things[0])
    people = {thing.pk: KINDS[kind].person(thing) for thing in things}
    evidence = KINDS[kind].snapshots(things)
    if kind == Case.Kind.PERSON:
        visible = set(User.objects.visible_to(actor).filter(pk__in=people).values_list("pk", flat=True))
        for pk in people.keys() - visible:
            evidence[pk]["text"] = ""
    cases = _open_cases(kind, people)
    # Concurrent reports of the same content wait for this transaction.
    reports = {found.case_id: found for found in Report.objects.filter(case__in=cases, reporter=actor)}
    new = [
        Report(case=case, reporter=actor, rule=rule, comment=comment, evidence=evidence[case.target_id])
        for case in cases
        if case.pk not in reports
    ]
    reports |= {made.case_id: made for made in Report.objects.bulk_create(new)}
    joined = Case.objects.filter(pk__in=[made.case_id for made in new])
    joined.update(report_count=F("report_count") + 1, ranked_at=F("ranked_at") - HEAD_START)
    for case in cases:
        reports[case.pk].case = case
    return [reports[case.pk] for case in cases]


def _open_cases(kind: Case.Kind, people: Mapping[int, User]) -> list[Case]:
    """Lock and return the open cases about things of a kind, so that none is closed before its report is added."""
    is_open = {"kind": kind, "state": Case.State.OPEN}
    cases = Case.objects.select_for_update(of=("self",)).select_related("person").order_by("pk")
    while len(found := list(cases.filter(**is_open, target_id__in=people))) < len(people):
        missing = people.keys() - {case.target_id for case in found}
        # A concurrent report may open one of them first.
        Case.objects.bulk_create(
            (
                Case(**is_open, target_id=pk, person=people[pk], person_name=people[pk].username)
                for pk in sorted(missing)
            ),
            ignore_conflicts=True,
        )
    return found
