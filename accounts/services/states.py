"""States of accounts: staff, deactivated, suspended, to be deleted. Each change is logged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import tasks
from accounts.models import User
from accounts.population import clear_cached_count
from accounts.security.devices import NO_ORIGIN, Origin
from accounts.security.models import SecurityEvent
from accounts.security.services import end_sessions, record_security_event, revoke_tokens
from accounts.signals import visibility_changed
from audit.services import record
from microblog.core.exceptions import DomainError

Actor = User | str


class LastAdministrator(DomainError):
    """The change would leave the site without an administrator."""

    def __init__(self) -> None:
        super().__init__(_("This is the last administrator: make another user an administrator first."))


@transaction.atomic
def set_staff(user: User, *, is_staff: bool, is_superuser: bool, actor: Actor, reason: str = "") -> None:
    """Set whether a user is staff and administrator; raise LastAdministrator if no other would be left."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_superuser and not is_superuser:
        _refuse_for_last_administrator(user)
    before = {"is_staff": user.is_staff, "is_superuser": user.is_superuser}
    user.is_staff, user.is_superuser = is_staff, is_superuser
    user.save(update_fields=["is_staff", "is_superuser"])
    after = {"is_staff": is_staff, "is_superuser": is_superuser}
    record("account.promote" if is_staff else "account.demote", actor=actor, target=user, reason=reason,
           before=before, after=after)  # fmt: skip


@transaction.atomic
def deactivate_user(user: User, *, actor: Actor, reason: str = "") -> None:
    """
    Close an account: sign its owner out and hide it, without deleting anything. Repeating it is harmless.

    A job updates the counters of others. Raise LastAdministrator if no other administrator would be left.
    """
    if user.is_superuser:
        _refuse_for_last_administrator(user)
    if User.objects.filter(pk=user.pk, deactivated_at=None).update(deactivated_at=timezone.now()):
        record("account.deactivate", actor=actor, target=user, reason=reason)
        _visibility_changed(user)
    end_sessions(user)


@transaction.atomic
def restore_user(user: User, *, actor: Actor, reason: str = "", origin: Origin = NO_ORIGIN) -> None:
    """
    Reopen a closed account, cancel its deletion and notify its owner. Repeating it is harmless.

    Its tokens stay revoked, since closing it was meant to end all access. `origin` is the owner's request, if any.
    """
    closed = User.objects.filter(pk=user.pk, deactivated_at__isnull=False)
    if closed.update(deactivated_at=None, deletion_due_at=None):
        revoke_tokens(user)
        record("account.restore", actor=actor, target=user, reason=reason)
        record_security_event(user, SecurityEvent.Kind.RESTORED, origin=origin)
        _visibility_changed(user)


@transaction.atomic
def suspend_user(
    user: User,
    *,
    actor: Actor,
    reason: str = "",
    until: datetime | None = None,
    details: Mapping[str, Any] | None = None,
) -> bool:
    """
    Hide a user, who may do nothing but read the reason, until a time or without end; return whether that is new.

    A repeated suspension changes the end. A job updates the counters of others. `details` are added to the audit log.
    Raise LastAdministrator if no other administrator would be left.
    """
    if user.is_superuser:
        _refuse_for_last_administrator(user)
    user = User.objects.select_for_update().get(pk=user.pk)
    before = _suspension(user)
    is_new = user.suspended_at is None
    user.suspended_at, user.suspended_until = user.suspended_at or timezone.now(), until
    # save() and not update(), so that receivers of post_save run.
    user.save(update_fields=["suspended_at", "suspended_until"])
    after = _suspension(user) | dict(details or {})
    record("account.suspend", actor=actor, target=user, reason=reason, before=before, after=after)
    if is_new:
        _visibility_changed(user)
    return is_new


@transaction.atomic
def lift_suspension(user: User, *, actor: Actor, reason: str = "", details: Mapping[str, Any] | None = None) -> bool:
    """Lift a user's suspension; return whether there was one."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.suspended_at is None:
        return False
    before = _suspension(user)
    user.suspended_at = user.suspended_until = None
    user.save(update_fields=["suspended_at", "suspended_until"])
    record("account.lift_suspension", actor=actor, target=user, reason=reason, before=before, after=details)
    _visibility_changed(user)
    return True


def lift_due_suspensions() -> int:
    """Lift the suspensions that have ended, and return how many there were."""
    due = list(User.objects.filter(suspended_until__lte=timezone.now())[:1000])
    return sum(lift_suspension(user, actor="the site") for user in due)


@transaction.atomic
def request_deletion(user: User, *, actor: Actor, reason: str = "") -> None:
    """Close an account, to be deleted after ACCOUNT_DELETION_DAYS unless its owner restores it before."""
    deactivate_user(user, actor=actor, reason=reason)
    due_at = timezone.now() + timedelta(days=settings.ACCOUNT_DELETION_DAYS)
    User.objects.filter(pk=user.pk, deletion_due_at=None).update(deletion_due_at=due_at)
    record("account.leave", actor=actor, target=user, reason=reason, after={"deletion_due_at": due_at.isoformat()})


def enqueue_due_deletions() -> int:
    """Enqueue the deletion of each account that is due, and return how many there are."""
    due = list(User.objects.filter(deletion_due_at__lte=timezone.now()).values_list("pk", flat=True)[:1000])
    for pk in due:
        tasks.delete_account.enqueue(pk)
    return len(due)


def _refuse_for_last_administrator(user: User) -> None:
    others = (
        User.objects.select_for_update()
        .filter(is_superuser=True, suspended_at=None, deactivated_at=None)
        .exclude(pk=user.pk)
    )
    if not others.exists():
        raise LastAdministrator


def _suspension(user: User) -> dict[str, Any]:
    """Return the start and the end of a suspension, for the audit log."""
    times = {"suspended_at": user.suspended_at, "suspended_until": user.suspended_until}
    return {name: moment and moment.isoformat() for name, moment in times.items()}


def _visibility_changed(user: User) -> None:
    transaction.on_commit(clear_cached_count)
    visibility_changed.send(sender=User, user=user)
