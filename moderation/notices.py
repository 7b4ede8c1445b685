"""Notify users of decisions, on the site and by mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from itertools import chain

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from messaging.models import Notification
from messaging.notifications.badges import lock_users
from messaging.notifications.services import notify_each
from microblog.core.mail import send_email
from microblog.core.site_urls import absolute_url
from moderation.models import Case, Decision, Report

Kind = Notification.Kind

# Decisions per mail, and reporters notified per run of the job.
MAILED_DECISIONS = 10
REPORTERS_PER_RUN = 500


def notify_people(user_ids: Collection[int]) -> dict[int, list[int]]:
    """Notify people of new decisions about them; return the ids of the decisions of each, in ascending order."""
    # A concurrent run for the same people waits.
    people = [pk for pk, person in lock_users(*user_ids).items() if person.deactivated_at is None]
    pending = Decision.objects.notifiable().filter(person__in=people, notified_at=None)
    found: dict[int, list[int]] = defaultdict(list)
    for pk, person in pending.order_by("pk").values_list("pk", "person"):
        found[person].append(pk)
    Decision.objects.filter(pk__in=chain(*found.values())).update(notified_at=timezone.now())
    # Several decisions are one notification, which links to the list.
    events = {(person, str(ids[0]) if len(ids) == 1 else "") for person, ids in found.items()}
    notify_each(events, kind=Kind.DECISION)
    return found


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


def notify_reporters(cases: Collection[int], *, after: int) -> list[int]:
    """Notify a slice of the reporters of cases, by reports with ids above `after`; return the ids of the reports."""
    # Moderators who report and decide themselves need no notification.
    decided = Decision.objects.filter(case=OuterRef("case"), actor=OuterRef("reporter"))
    reports = Report.objects.filter(
        ~Exists(decided), case__in=cases, pk__gt=after, reporter__isnull=False, reporter__deactivated_at=None
    )
    rows = list(reports.order_by("pk").values_list("pk", "reporter", "case")[:REPORTERS_PER_RUN])
    notify_each({(reporter, str(case)) for _pk, reporter, case in rows}, kind=Kind.REPORT_OUTCOME)
    return [pk for pk, _reporter, _case in rows]


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
