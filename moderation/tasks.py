"""Tasks of moderation."""

from django.db import transaction

from accounts.models import User
from jobs.models import Queue
from jobs.tasks import task
from moderation import notices


@task(queue=Queue.MAIL, unique=True)
@transaction.atomic
def notify_person(user_id: int) -> None:
    """Notify a person of new decisions about them and enqueue one mail; repeated, it finds none."""
    person = User.objects.filter(pk=user_id, deactivated_at=None).first()
    if person and (ids := notices.notify_person(person)):
        mail_decisions.enqueue(user_id, ids[0], ids[-1])


@task(queue=Queue.MAIL)
def mail_decisions(user_id: int, first: int, last: int) -> None:
    """Mail a person the decisions about them with ids from `first` to `last`; repeated, it only mails them again."""
    person = User.objects.filter(pk=user_id, deactivated_at=None).first()
    if person:
        notices.mail_decisions(person, first=first, last=last)


@task(queue=Queue.MAIL, unique=True)
@transaction.atomic
def notify_reporters(case_id: int, after: int) -> None:
    """
    Notify a slice of a case's reporters with ids above `after`; enqueue their mails and the next slice.

    Repeated, it only notifies them again.
    """
    reports = notices.notify_reporters(case_id, after=after)
    for report in reports:
        mail_outcome.enqueue(report.pk)
    if len(reports) == notices.REPORTERS_PER_RUN and (last := reports[-1].reporter_id):
        notify_reporters.enqueue(case_id, last)


@task(queue=Queue.MAIL, unique=True)
def mail_outcome(report_id: int) -> None:
    """Mail a reporter the outcome; repeated, it only mails them again."""
    notices.mail_outcome(report_id)
