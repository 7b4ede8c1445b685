"""How those concerned learn of a decision: at once on the site, and by mail."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from messaging.models import Notification
from messaging.notifications.services import notify
from microblog.core.mail import send_email
from microblog.core.site_urls import absolute_url
from moderation.models import Case, Decision, Report

Kind = Notification.Kind

# Decisions that one mail holds, and reporters who are told at once.
MAILED_DECISIONS = 10
TOLD_REPORTERS = 200


def tell_person(person: User) -> list[int]:
    """Notify a person of the decisions about them that they were not notified of yet; return the ids in order."""
    untold = Decision.objects.about(person).filter(told_at=None)
    ids = sorted(untold.values_list("pk", flat=True))
    if not ids:
        return []
    Decision.objects.filter(pk__in=ids).update(told_at=timezone.now())
    # Several at once are one notification, which leads to the list.
    notify(person, kind=Kind.DECISION, key=str(ids[0]) if len(ids) == 1 else "")
    return ids


def mail_decisions(person: User, *, first: int, last: int) -> None:
    """Mail a person the statements of the decisions about them with ids from `first` to `last`."""
    told: QuerySet[Decision] = Decision.objects.about(person).filter(pk__gte=first, pk__lte=last).order_by("pk")
    decisions = list(told)
    if not decisions:
        return
    is_one = len(decisions) == 1
    context = {
        "person": person,
        "decisions": decisions[:MAILED_DECISIONS],
        "count": len(decisions),
        "more": max(0, len(decisions) - MAILED_DECISIONS),
        "days": settings.EVIDENCE_DAYS,
        "zone": person.zone or settings.TIME_ZONE,
        "url": absolute_url("moderation:decision", first) if is_one else absolute_url("moderation:decisions"),
    }
    send_email("decision", person.email, context, language=person.language)


def tell_reporters(case_id: int, *, after: int) -> list[Report]:
    """Notify a slice of those who reported a case, ids of people above `after`, and return their reports in order."""
    told = Report.objects.filter(case=case_id, reporter__gt=after, reporter__deactivated_at=None)
    # Who decides about what they came across need not be told.
    told = told.exclude(reporter__in=Decision.objects.filter(case=case_id, actor__isnull=False).values("actor"))
    # In the order in which notify() wants people's rows locked.
    reports = list(told.select_related("reporter").order_by("reporter")[:TOLD_REPORTERS])
    for report in reports:
        if report.reporter:
            notify(report.reporter, kind=Kind.REPORT_OUTCOME, key=str(case_id))
    return reports


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
