"""How those concerned learn of a decision."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from microblog.core.jobs import enqueue
from microblog.core.mail import absolute_url, send_email
from microblog.core.models import Queue
from moderation.models import Case, Decision, Report

# Decisions that one mail holds, and reporters who are told at once.
MAILED_DECISIONS = 10
TOLD_REPORTERS = 200


def tell_person(person: User) -> None:
    """Mail a person the statements of all decisions about them that were not sent yet, in one mail."""
    decisions = list(Decision.objects.about(person).filter(told_at=None).order_by("pk"))
    if not decisions:
        return
    context = {
        "person": person,
        "decisions": decisions[:MAILED_DECISIONS],
        "count": len(decisions),
        "more": max(0, len(decisions) - MAILED_DECISIONS),
        "days": settings.EVIDENCE_DAYS,
        "zone": person.time_zone or settings.TIME_ZONE,
        "url": absolute_url("moderation:decision", decisions[0].pk)
        if len(decisions) == 1
        else absolute_url("moderation:decisions"),
    }
    send_email("decision", person.email, context, language=person.language)
    Decision.objects.filter(pk__in=[decision.pk for decision in decisions]).update(told_at=timezone.now())


def tell_reporters(case_id: int, *, after: int) -> None:
    """Tell a slice of those who reported a case what came of it, and go on with the next."""
    told = Report.objects.filter(case=case_id, pk__gt=after, reporter__deactivated_at=None, reporter__isnull=False)
    # Who decides about what they came across need not be told.
    told = told.exclude(reporter__in=Decision.objects.filter(case=case_id).values("actor"))
    ids = list(told.order_by("pk").values_list("pk", flat=True)[:TOLD_REPORTERS])
    for pk in ids:
        enqueue("moderation.jobs.mail_outcome", pk, key=f"mail_outcome:{pk}", queue=Queue.MAIL)
    if len(ids) == TOLD_REPORTERS:
        enqueue("moderation.jobs.tell_reporters", case_id, ids[-1], queue=Queue.MAIL)


def mail_outcome(report_id: int) -> None:
    """Mail a person what came of what they reported."""
    report = Report.objects.select_related("case", "reporter").filter(pk=report_id).first()
    if report is None or report.reporter is None or report.case.state == Case.State.OPEN:
        return
    context = {
        "person": report.reporter,
        "case": report.case,
        "url": absolute_url("moderation:report", report.case_id),
    }
    send_email("report_outcome", report.reporter.email, context, language=report.reporter.language)
