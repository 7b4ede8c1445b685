"""Jobs about accounts."""

from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.utils.http import int_to_base36

from accounts.deletion import delete_account_slice
from accounts.models import User
from jobs.models import Queue
from jobs.tasks import task
from microblog.core.mail import NOBODY, send_email
from microblog.core.site_urls import absolute_url


@task(unique=True)
def delete_account(user_id: int) -> bool:
    """Delete a slice of an account, and return whether more is left; repeated, it finds what is left."""
    user = User.objects.filter(pk=user_id, deletion_due_at__isnull=False).first()
    return user is not None and delete_account_slice(user)


@task(queue=Queue.MAIL)
def send_confirmation(address_id: int) -> None:
    """
    Mail the link that confirms an address to it.

    Where the email address belongs to another account, its owner gets a mail instead. For an id that waits for nothing
    a mail is made and dropped, which takes the same time. Repeated, it mails the same link again, and nothing once the
    address is confirmed or given up.
    """
    waiting = EmailAddress.objects.select_related("user").filter(pk=address_id, verified=False)
    address = waiting.first()
    if address is None or not address.user.may_be_opened:
        address = EmailAddress(pk=0, user=_nobody())
    owner = User.objects.by_email(address.email).exclude(pk=address.user.pk).first()
    if owner:
        send_notice("account_exists", owner.pk)
        return
    url = absolute_url("account_confirm_email", EmailConfirmationHMAC(address).key)
    context = {"url": url, "days": settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS}
    is_change = address.email != address.user.email
    _send("email_change" if is_change else "email_confirmation", address.user, address.email, context)


@task(queue=Queue.MAIL)
def send_password_reset(user_id: int) -> None:
    """
    Mail a person the link with which they choose a new password.

    For nobody a mail is made and dropped, which takes the same time. Repeated, it mails another link; whichever is
    used first ends both.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None or not user.may_be_opened:
        user = _nobody()
    key = f"{int_to_base36(user.pk)}-{default_token_generator.make_token(user)}"
    context = {
        "url": absolute_url("account_reset_password_from_key", key),
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
    }
    _send("password_reset", user, user.email, context)


@task(queue=Queue.MAIL)
def send_notice(event: str, user_id: int, to: str = "") -> None:
    """
    Mail a person that something happened to their account, to their address or a former one.

    Repeated, it says so again.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        context = {"reset_url": absolute_url("account_reset_password"), "about_url": absolute_url("about")}
        _send(event, user, to or user.email, context)


def _send(event: str, user: User, to: str, context: dict[str, Any]) -> None:
    send_email(event, to or f"nobody{NOBODY}", {"person": user, **context}, language=user.language)


def _nobody() -> User:
    return User(pk=0, username="nobody")
