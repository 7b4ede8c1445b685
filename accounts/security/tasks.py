"""Mails about the safety of accounts."""

from __future__ import annotations

from django.conf import settings

from accounts.security.devices import describe
from accounts.security.models import SecurityEvent
from accounts.verification import can_contact_others
from jobs.models import Queue
from jobs.tasks import task
from microblog.core.mail import send_email
from microblog.core.site_urls import absolute_url


@task(queue=Queue.MAIL)
def send_security_notice(event_id: int) -> None:
    """
    Notify a user by mail of what happened to the ways they sign in.

    Repeated, it mails that again; nothing once the event is gone from the log, and nothing to an email address that
    must be confirmed and is not: it may be a stranger's.
    """
    event = SecurityEvent.objects.select_related("user").filter(pk=event_id).first()
    if event is None or event.user is None or not event.user.may_be_opened:
        return
    if not can_contact_others(event.user):
        return
    context = {
        "person": event.user,
        "event": event,
        "device": describe(event.user_agent),
        "zone": event.user.zone or settings.TIME_ZONE,
        "security_url": absolute_url("security:overview"),
        "reset_url": absolute_url("account_reset_password"),
    }
    send_email("security_notice", event.user.email, context, language=event.user.language)
