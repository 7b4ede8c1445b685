"""Reports, with a snapshot of the reported content as evidence."""

from __future__ import annotations

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
    kind = kind_of(thing)
    person, evidence = KINDS[kind].person(thing), KINDS[kind].snapshot(thing)
    if person.pk == actor.pk:
        raise CannotReport
    if kind == Case.Kind.PERSON and not User.objects.visible_to(actor).filter(pk=person.pk).exists():
        evidence["text"] = ""
    case = _open_case(kind, thing.pk, person)
    # Concurrent reports of the same content wait for this transaction.
    found = case.reports.filter(reporter=actor).first()
    if found is None:
        found = Report.objects.create(case=case, reporter=actor, rule=rule, comment=comment, evidence=evidence)
        Case.objects.filter(pk=case.pk).update(
            report_count=F("report_count") + 1, ranked_at=F("ranked_at") - HEAD_START
        )
    return found


def _open_case(kind: Case.Kind, pk: int, person: User) -> Case:
    """Lock and return the open case, so that it cannot be closed before the report is added."""
    case, _is_new = (
        Case.objects.select_for_update(of=("self",))
        .select_related("person")
        .get_or_create(
            kind=kind,
            target_id=pk,
            state=Case.State.OPEN,
            defaults={"person": person, "person_name": person.username},
        )
    )
    return case
