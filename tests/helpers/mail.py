"""Helpers to deliver and read mail."""

import re

from django.core import mail

from jobs.models import Job, Queue
from jobs.worker import run_due


def deliver():
    """Run the mail jobs and return the sent mails as (subject, recipients)."""
    mail.outbox.clear()
    run_due(Queue.MAIL)
    assert not Job.objects.filter(queue=Queue.MAIL).exists()
    return [(message.subject.removeprefix("[Microblog] "), message.to) for message in mail.outbox]


def link_in(message):
    """Return the path of the only link in a mail's text."""
    (link,) = set(re.findall(r"http://localhost:\d+(/auth\S+)", message.body))
    assert link in message.alternatives[0].content.replace("&amp;", "&")
    return link
