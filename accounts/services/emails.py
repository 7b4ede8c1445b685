"""E-mail addresses: what they stand for, how they are confirmed and changed. Nothing here tells which are taken."""

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

# Accounts that a transaction deletes at most.
UNCONFIRMED_SLICE = 500


@transaction.atomic
def correct_email(user: User, email: str) -> bool:
    """
    Give an account that was never opened the address that its owner meant, and return whether it is another one.

    That address is asked to be confirmed. Where it is taken its owner gets a mail instead and the account stands in,
    as at sign-up: nothing tells of it.
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
    """Enqueue the mail that confirms an address, or for None a job that does nothing and costs the same."""
    tasks.send_confirmation.enqueue(address.pk if address else 0)


def enqueue_notice(event: str, user: User, to: str = "") -> None:
    """Enqueue the mail that tells a person what happened to their account, to their address or a former one."""
    tasks.send_notice.enqueue(event, user.pk, to)


@transaction.atomic
def sign_up_user(*, username: str, email: str, password: str, about_me: str = "", language: str = "") -> User:
    """
    Create a user whose email address is still to be confirmed, which is asked for by mail, and return them.

    Where that is mandatory, the owner of a taken email address gets a mail instead, and the account stands in, also
    when it is taken at this very moment; see make_placeholder_email(). Else raise EmailTaken. Raise UsernameTaken.
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
    """Save what a user says about themselves; others read it once the email address is confirmed, where it must be."""
    if can_contact_others(user):
        user.about_me, user.pending_about_me = text, ""
    else:
        user.about_me, user.pending_about_me = "", text
    user.save(update_fields=["about_me", "pending_about_me"])


@transaction.atomic
def publish_about_me(user: User) -> None:
    """Let others read what a user wrote before the email address was confirmed. Repeating it is harmless."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.pending_about_me:
        write_about_me(user, user.pending_about_me)


@transaction.atomic
def confirm_current_email(user: User) -> None:
    """Take a person's address for confirmed, because they have just followed a link that was mailed to it."""
    address, _is_new = EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    if address.can_set_verified():
        EmailAddress.objects.filter(pk=address.pk).update(verified=True)
        publish_about_me(user)


@transaction.atomic
def request_email_change(user: User, email: str) -> None:
    """
    Ask for another address to take the place of a person's own once it is confirmed; both are told.

    Where verification is mandatory, the owner of a taken address gets a mail instead, and nothing tells of it; one's
    own is told if it was confirmed, since else it may be a stranger's. Elsewhere raise EmailTaken.
    """
    owner = User.objects.filter(email=email).first()
    if owner and not is_verification_mandatory():
        raise EmailTaken
    cancel_email_change(user)
    # allauth looks here for the address that is replaced.
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"primary": True})
    address = EmailAddress.objects.create(user=user, email=email)
    if can_contact_others(user):
        enqueue_notice("email_change_requested", user, user.email)
    if owner:
        enqueue_notice("account_exists", owner)
    else:
        enqueue_confirmation(address)


def cancel_email_change(user: User) -> None:
    """Forget the address that a person wanted to change to. Repeating it is harmless."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()


def find_unconfirmed_email(user: User) -> EmailAddress | None:
    """Return the address that a person wants to change to, or else their own, while it waits to be confirmed."""
    waiting = EmailAddress.objects.filter(user=user, verified=False)
    return waiting.exclude(email=user.email).last() or waiting.first()


@transaction.atomic
def delete_unconfirmed() -> bool:
    """
    Delete a slice of accounts whose address was not confirmed in time, with their names; return whether more are left.

    Only where verification is mandatory, and only those that were never used: nobody signed in or wrote anything, and
    nobody follows them.
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
