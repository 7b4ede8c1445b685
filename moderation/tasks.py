"""Tasks of moderation."""

from collections import defaultdict

from django.db import transaction

from accounts.models import User
from jobs.models import Queue
from jobs.tasks import task
from moderation import notices


@task(batch=200, queue=Queue.MAIL, unique=True)
@transaction.atomic
def notify_people(user_ids: list[int]) -> None:
    """Notify people of new decisions about them, and enqueue a mail to each; repeated, it finds none."""
    found = notices.notify_people(user_ids)
    mail_decisions.enqueue_each((user, ids[0], ids[-1]) for user, ids in found.items())


@task(queue=Queue.MAIL)
def mail_decisions(user_id: int, first: int, last: int) -> None:
    """Mail a person the decisions about them with ids from `first` to `last`; repeated, it only mails them again."""
    person = User.objects.filter(pk=user_id, deactivated_at=None).first()
    if person:
        notices.mail_decisions(person, first=first, last=last)


@task(batch=100, queue=Queue.MAIL, unique=True)
@transaction.atomic
def notify_reporters(places: list[str]) -> None:
    """
    Notify a slice of the reporters of cases; enqueue their mails and the next slice.

    A place, such as "12:0", is the id of a case and that of the last report of the slice before. Repeated, it only
    notifies them again.
    """
    cases_after: dict[int, list[int]] = defaultdict(list)
    for place in places:
        case, after = map(int, place.split(":"))
        cases_after[after].append(case)
    for after, cases in cases_after.items():
        reports = notices.notify_reporters(cases, after=after)
        mail_outcome.enqueue_each((report,) for report in reports)
        if len(reports) == notices.REPORTERS_PER_RUN:
            notify_reporters.enqueue_each(f"{case}:{reports[-1]}" for case in cases)


@task(queue=Queue.MAIL, unique=True)
def mail_outcome(report_id: int) -> None:
    """Mail a reporter the outcome; repeated, it only mails them again."""
    notices.mail_outcome(report_id)
