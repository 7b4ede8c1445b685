"""Tasks of accounts."""

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings

from accounts.deletion import delete_account_slice
from accounts.mails import placeholder_user, send_to_user
from accounts.models import User
from jobs.models import Queue
from jobs.tasks import task
from microblog.core.site_urls import absolute_url


@task(unique=True)
def delete_account(user_id: int) -> bool:
    """Delete a batch of an account's rows, and return whether more is left. A repeated run continues with the rest."""
    user = User.objects.filter(pk=user_id, deletion_due_at__isnull=False).first()
    return user is not None and delete_account_slice(user)


@task(queue=Queue.MAIL)
def send_confirmation(address_id: int) -> None:
    """
    Mail the confirmation link to an email address.

    If the address belongs to another account, notify its owner instead. For an id that is not pending, a mail is
    rendered and dropped, which takes the same time. A repeated run mails the same link again, or nothing once the
    address is confirmed or discarded.
    """
    waiting = EmailAddress.objects.select_related("user").filter(pk=address_id, verified=False)
    address = waiting.first()
    if address is None or not address.user.accepts_sign_in:
        address = EmailAddress(pk=0, user=placeholder_user())
    owner = User.objects.by_email(address.email).exclude(pk=address.user.pk).first()
    if owner:
        send_notice("account_exists", owner.pk)
        return
    url = absolute_url("account_confirm_email", EmailConfirmationHMAC(address).key)
    context = {"url": url, "days": settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS}
    is_change = address.email != address.user.email
    send_to_user("email_change" if is_change else "email_confirmation", address.user, address.email, context)


@task(queue=Queue.MAIL)
def send_notice(event: str, user_id: int, to: str = "") -> None:
    """Notify a user of a change to their account, at their email address or `to`. A repeated run mails it again."""
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        context = {"reset_url": absolute_url("account_reset_password"), "about_url": absolute_url("about")}
        send_to_user(event, user, to or user.email, context)
