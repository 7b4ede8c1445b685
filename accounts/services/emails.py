"""Sign-up, and confirmation and change of email addresses, without revealing which are taken."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts import tasks
from accounts.models import User, Username
from accounts.placeholders import make_placeholder_email
from accounts.services.registration import EmailTaken, register_user
from accounts.verification import can_contact_others, is_verification_mandatory
from audit.services import record

# The most accounts that one transaction deletes.
UNCONFIRMED_SLICE = 500


@transaction.atomic
def correct_email(user: User, email: str) -> bool:
    """
    Correct the mistyped email address of an account that was never used; return whether it changed.

    Send a confirmation mail to the new address. If that is taken, notify its owner and store a placeholder, as at
    sign-up, so that the response reveals nothing.
    """
    was_opened = user.last_login or EmailAddress.objects.filter(user=user, verified=True).exists()
    if was_opened or user.email == email:
        return False
    owner = User.objects.by_email(email).first()
    user.email, user.claimed_email = (make_placeholder_email(), email) if owner else (email, "")
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "claimed_email"])
    except IntegrityError:
        user.refresh_from_db(fields=["email", "claimed_email"])
        return correct_email(user, email)  # taken at this very moment
    EmailAddress.objects.filter(user=user).delete()
    address = EmailAddress.objects.create(user=user, email=user.email, primary=True)
    if owner:
        enqueue_notice("account_exists", owner)
    else:
        enqueue_confirmation(address)
    return True


def enqueue_confirmation(address: EmailAddress | None) -> None:
    """Enqueue the confirmation mail, or for None a job that takes the same time and sends nothing."""
    tasks.send_confirmation.enqueue(address.pk if address else 0)


def enqueue_notice(event: str, user: User, to: str = "") -> None:
    """Enqueue the mail about a change of the account, to the user's email address or `to`."""
    tasks.send_notice.enqueue(event, user.pk, to)


@transaction.atomic
def sign_up_user(*, username: str, email: str, password: str, about_me: str = "", language: str = "") -> User:
    """
    Create a user, enqueue the mail that confirms the email address, and return the user.

    Raise UsernameTaken. For a taken email address, also one taken concurrently, raise EmailTaken; where verification
    is mandatory, notify its owner and store a placeholder instead, see make_placeholder_email().
    """
    owner = User.objects.by_email(email).first() if is_verification_mandatory() else None
    stored, claimed = (make_placeholder_email(), email) if owner else (email, "")
    facts = {"language": language, "claimed_email": claimed}
    try:
        user = register_user(username=username, email=stored, password=password, **facts)
    except EmailTaken:
        if not is_verification_mandatory():
            raise
        return sign_up_user(username=username, email=email, password=password, about_me=about_me, language=language)
    address = EmailAddress.objects.create(user=user, email=user.email, primary=True)
    write_about_me(user, about_me)
    if owner:
        enqueue_notice("account_exists", owner)
    else:
        enqueue_confirmation(address)
    return user


def write_about_me(user: User, text: str) -> None:
    """Save `about_me`; others see it once the email address is confirmed, where that is mandatory."""
    if can_contact_others(user):
        user.about_me, user.pending_about_me = text, ""
    else:
        user.about_me, user.pending_about_me = "", text
    user.save(update_fields=["about_me", "pending_about_me"])


@transaction.atomic
def publish_about_me(user: User) -> None:
    """Publish the `about_me` that waited for the confirmed email address. Repeating it is harmless."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.pending_about_me:
        write_about_me(user, user.pending_about_me)


@transaction.atomic
def confirm_current_email(user: User) -> None:
    """Mark a user's email address as confirmed, after they followed a link that was mailed to it."""
    address, _is_new = EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    if address.can_set_verified():
        EmailAddress.objects.filter(pk=address.pk).update(verified=True)
        publish_about_me(user)


@transaction.atomic
def request_email_change(user: User, email: str) -> None:
    """
    Enqueue the mail that confirms a user's new email address, which then replaces the current one.

    Notify the current address, if it is confirmed: otherwise it may be a stranger's. For a taken address, raise
    EmailTaken, or where verification is mandatory notify its owner instead.
    """
    owner = User.objects.filter(email=email).first()
    if owner and not is_verification_mandatory():
        raise EmailTaken
    cancel_email_change(user)
    # allauth reads the replaced address from this row.
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    address = EmailAddress.objects.create(user=user, email=email)
    if can_contact_others(user):
        enqueue_notice("email_change_requested", user, user.email)
    if owner:
        enqueue_notice("account_exists", owner)
    else:
        enqueue_confirmation(address)


def cancel_email_change(user: User) -> None:
    """Discard the pending email address. Repeating it is harmless."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()


def find_unconfirmed_email(user: User) -> EmailAddress | None:
    """Return the pending email address, or else the user's own if that is unconfirmed."""
    waiting = EmailAddress.objects.filter(user=user, verified=False)
    return waiting.exclude(email=user.email).last() or waiting.first()


@transaction.atomic
def delete_unconfirmed() -> bool:
    """
    Delete a batch of accounts not confirmed in time, with their usernames; return whether more are left.

    Only where verification is mandatory, and only accounts that were never signed in to and have no posts, follows or
    followers.
    """
    if not is_verification_mandatory():
        return False
    before = timezone.now() - timedelta(days=settings.UNCONFIRMED_ACCOUNT_DAYS)
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
    unconfirmed = User.objects.filter(
        Exists(addresses.filter(verified=False, email=OuterRef("email"))),
        ~Exists(addresses.filter(verified=True)),
        created_at__lt=before, last_seen__lt=before, last_login=None, is_staff=False,
        post_count=0, follower_count=0, following_count=0,
    )  # fmt: skip
    ids = list(unconfirmed.values_list("pk", flat=True)[:UNCONFIRMED_SLICE])
    Username.objects.filter(user__in=ids).delete()
    User.objects.filter(pk__in=ids).delete()
    return len(ids) == UNCONFIRMED_SLICE


@transaction.atomic
def verify_email(user: User, *, actor: User | str, reason: str = "") -> None:
    """Mark a user's email address as verified. Repeating it is harmless."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    publish_about_me(user)
    record("account.verify", actor=actor, target=user, reason=reason)
