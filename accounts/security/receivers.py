"""Receivers of the signals of allauth and Django that maintain sessions and the security log."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in
from django.dispatch import Signal, receiver
from django.http import HttpRequest, HttpResponseBase

from accounts.models import User
from accounts.security.devices import is_known_device, is_latest_user, origin_of, remember_device
from accounts.security.models import SecurityEvent
from accounts.security.services import (
    code_counter,
    consume_code,
    end_former_access,
    list_session,
    record_security_event,
)
from accounts.signals import password_set
from microblog.core.allauth_internals import record_authentication
from microblog.core.drafts import forget_draft

Kind = SecurityEvent.Kind
Type = Authenticator.Type

CHANGES: dict[Signal, SecurityEvent.Kind] = {
    account_signals.password_changed: Kind.PASSWORD_CHANGED,
    account_signals.password_reset: Kind.PASSWORD_RESET,
    account_signals.email_changed: Kind.EMAIL_CHANGED,
    mfa_signals.authenticator_reset: Kind.CODES_MADE,
    mfa_signals.authentication_failed: Kind.SECOND_FACTOR_FAILED,
}
# Recovery codes are created with the first factor and deleted with the last.
ADDED = {Type.TOTP: Kind.TOTP_ADDED, Type.WEBAUTHN: Kind.PASSKEY_ADDED}
REMOVED = {Type.TOTP: Kind.TOTP_REMOVED, Type.WEBAUTHN: Kind.PASSKEY_REMOVED}


@receiver(user_logged_in, dispatch_uid="security.stamp_session")
def stamp_session(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """
    Store in the session when it began, and let its key name the user.

    For some minutes a sign-in counts as a re-authentication.
    """
    request.session.cycle_key()
    record_authentication(request, user, "sign_in", reauthenticated=True)


@receiver(account_signals.user_logged_in, dispatch_uid="security.note_sign_in")
def note_sign_in(request: HttpRequest, response: HttpResponseBase, user: User, **kwargs: Any) -> None:
    """Log a sign-in, and remember the device."""
    is_known = getattr(request, "is_first_sign_in", False) or is_known_device(request, user)
    if not is_latest_user(request, user):
        forget_draft(request)
    remember_device(request, response, user)
    record_security_event(user, Kind.SIGN_IN if is_known else Kind.NEW_DEVICE, origin=origin_of(request))


@receiver(
    [account_signals.user_logged_in, account_signals.password_changed, account_signals.password_set],
    dispatch_uid="security.list_new_session",
)
def list_new_session(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """List a session that has a new key."""
    list_session(user, stored_key=request.session.stored_key, origin=origin_of(request))


@receiver(list(CHANGES), dispatch_uid="security.note_change")
def note_change(signal: Signal, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Log a change of password, email address or recovery codes, or a failed second factor."""
    record_security_event(user, CHANGES[signal], origin=origin_of(request))


@receiver(mfa_signals.authenticator_added, dispatch_uid="security.note_factor_added")
def note_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Log a new factor. It counts as used, since setting it up proved possession."""
    if authenticator.type == Type.TOTP:
        consume_code(authenticator, code_counter())
    if kind := ADDED.get(authenticator.type):
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
        record_security_event(user, kind, origin=origin_of(request), detail=_name(authenticator))


@receiver(mfa_signals.authenticator_removed, dispatch_uid="security.note_factor_removed")
def note_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Log the removal of a factor."""
    if kind := REMOVED.get(authenticator.type):
        record_security_event(user, kind, origin=origin_of(request), detail=_name(authenticator))


@receiver(mfa_signals.authenticator_used, dispatch_uid="security.note_factor_used")
def note_factor_used(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Log the use of a recovery code."""
    if authenticator.type == Type.RECOVERY_CODES:
        record_security_event(user, Kind.CODE_USED, origin=origin_of(request))


def _name(authenticator: Authenticator) -> str:
    return authenticator.wrap().name if authenticator.type == Type.WEBAUTHN else ""


@receiver(password_set, dispatch_uid="security.end_former_access")
def note_password_set(user: User, **kwargs: Any) -> None:
    """End sessions and tokens of the former password."""
    end_former_access(user)
