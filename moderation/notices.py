"""Notify users of decisions, on the site and by mail."""

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

# Decisions per mail, and reporters notified per run of the job.
MAILED_DECISIONS = 10
REPORTERS_PER_RUN = 200


def notify_person(person: User) -> list[int]:
    """Notify a person of new decisions about them; return the ids in ascending order."""
    pending = Decision.objects.about(person).filter(notified_at=None)
    ids = sorted(pending.values_list("pk", flat=True))
    if not ids:
        return []
    Decision.objects.filter(pk__in=ids).update(notified_at=timezone.now())
    # Several decisions are one notification, which links to the list.
    notify(person, kind=Kind.DECISION, key=str(ids[0]) if len(ids) == 1 else "")
    return ids


def mail_decisions(person: User, *, first: int, last: int) -> None:
    """Mail a person the decisions about them with ids from `first` to `last`."""
    queryset: QuerySet[Decision] = Decision.objects.about(person).filter(pk__gte=first, pk__lte=last)
    decisions = list(queryset.order_by("pk"))
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


def notify_reporters(case_id: int, *, after: int) -> list[Report]:
    """Notify a slice of a case's reporters with ids above `after`; return their reports by reporter."""
    reports_to_notify = Report.objects.filter(case=case_id, reporter__gt=after, reporter__deactivated_at=None)
    # Moderators who report and decide themselves need no notification.
    reports_to_notify = reports_to_notify.exclude(
        reporter__in=Decision.objects.filter(case=case_id, actor__isnull=False).values("actor")
    )
    # In the order in which notify() locks users.
    reports = list(reports_to_notify.select_related("reporter").order_by("reporter")[:REPORTERS_PER_RUN])
    for report in reports:
        if report.reporter:
            notify(report.reporter, kind=Kind.REPORT_OUTCOME, key=str(case_id))
    return reports


def mail_outcome(report_id: int) -> None:
    """Mail a reporter the outcome of their report."""
    report = Report.objects.select_related("case", "reporter").filter(pk=report_id).first()
    if report is None or report.reporter is None or report.case.state == Case.State.OPEN:
        return
    context = {
        "person": report.reporter,
        "case": report.case,
        "url": absolute_url("moderation:report", report.case_id),
    }
    send_email("report_outcome", report.reporter.email, context, language=report.reporter.language)
