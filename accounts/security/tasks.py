"""Tasks that send mails about security."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from django.conf import settings
from django.utils.http import int_to_base36

from accounts.mails import placeholder_user, send_to_user
from accounts.models import User
from accounts.security.devices import describe
from accounts.security.models import SecurityEvent
from accounts.verification import can_contact_others
from jobs.models import Queue
from jobs.tasks import task
from microblog.core.site_urls import absolute_url


@task(queue=Queue.MAIL)
def send_security_notice(event_id: int) -> None:
    """
    Notify a user by mail of a security event.

    A repeated run mails it again. Nothing is sent once the event is deleted, or to an email address that is still to
    be confirmed, which may be a stranger's.
    """
    event = SecurityEvent.objects.select_related("user").filter(pk=event_id).first()
    if event is None or event.user is None or not event.user.accepts_sign_in:
        return
    if not can_contact_others(event.user):
        return
    context = {
        "event": event,
        "device": describe(event.user_agent),
        "zone": event.user.zone or settings.TIME_ZONE,
        "security_url": absolute_url("security:overview"),
        "reset_url": absolute_url("account_reset_password"),
    }
    send_to_user("security_notice", event.user, event.user.email, context)


@task(queue=Queue.MAIL)
def send_password_reset(user_id: int) -> None:
    """
    Mail a user the link to choose a new password.

    Without a user a mail is rendered and dropped, which takes the same time. A repeated run mails another link; using
    one invalidates both.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None or not user.accepts_sign_in:
        user = placeholder_user()
    key = f"{int_to_base36(user.pk)}-{default_token_generator.make_token(user)}"
    context = {
        "url": absolute_url("account_reset_password_from_key", key),
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    send_to_user("password_reset", user, user.email, context)
