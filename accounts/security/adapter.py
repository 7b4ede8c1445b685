"""The site's rules for sign-in and second factors, as adapters of django-allauth."""

from __future__ import annotations

import base64
from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.passwords import normalize_password
from accounts.security.backends import find_by_login
from accounts.security.devices import describe, is_known_device, origin_of
from accounts.security.encryption import site_keys
from accounts.security.models import SecurityEvent
from accounts.security.services import record_security_event, replace_password
from accounts.validators import fold_username
from microblog.core.allauth_internals import consume_rate_limit
from microblog.core.bidi import isolated
from microblog.core.limits import format_longest_period


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong, or it was used before."),
    }

    def _get_user_identifier(self, user: User) -> str:
        return user.username

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        return describe(context.request.headers.get("User-Agent", "")) or gettext("Passkey")

    def is_mfa_enabled(self, user: User, types: list[str] | None = None) -> bool:
        """Query the factors once a request: allauth calls this for each type, several times a page."""
        if user.is_anonymous:
            return False
        if not hasattr(user, "factor_types"):
            user.factor_types = set(Authenticator.objects.filter(user=user.pk).values_list("type", flat=True))
        return bool(user.factor_types if types is None else user.factor_types.intersection(types))

    def encrypt(self, text: str) -> str:
        """Encrypt with a key derived from SECRET_KEY, so that a copy of the database alone reveals no secret."""
        return site_keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return site_keys().decrypt(encrypted_text).decode()
        except InvalidToken:
            # SECRET_KEY was changed: no code is right any longer, and an operator must reset the second factor.
            return base64.b32encode(Fernet.generate_key()).decode()

    def _get_site_name(self) -> str:
        return settings.SITE_NAME


def _too_many_attempts() -> str:
    wait = format_longest_period("login_failed", "login_failed_known_device")
    return gettext("Too many failed login attempts. Wait up to %(time)s, then try again.") % isolated(time=wait)


class SignInAdapter(DefaultAccountAdapter):
    # Lazy, because it depends on the reader's language and on settings.
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("Invalid username or password"),
        "email_password_mismatch": _("Invalid username or password"),
        "too_many_login_attempts": lazy(_too_many_attempts, str)(),
    }

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Refuse closed accounts, except those to be deleted, whose owner first passes all stages of a sign-in."""
        return None if user.is_leaving else super().pre_login(request, user, **kwargs)

    def get_login_stages(self) -> list[str]:
        return [*super().get_login_stages(), "accounts.security.leaving.LeavingStage"]

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the IP address of a request; a dual-stack socket writes IPv4 as ::ffff:192.0.2.1."""
        ip = ip_address(super().get_client_ip(request))
        return str(getattr(ip, "ipv4_mapped", None) or ip)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """
        Count an attempt to sign in to an account against the rate limit, however the login is spelled.

        Browsers that were signed in to the account before have a limit of their own, so that attackers cannot lock
        its owner out.
        """
        login = credentials.get("email") or credentials.get("username", "")
        user = find_by_login(login)
        self._login_failed_rl_usage = consume_rate_limit(
            request,
            app="allauth.account",
            action="login_failed_known_device" if user and is_known_device(request, user) else "login_failed",
            key=f"account:{user.pk}" if user else f"login:{fold_username(login)}",
        )
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Log a wrong password, whether or not the account exists."""
        record_security_event(
            _find_attempted_user(request, credentials), SecurityEvent.Kind.SIGN_IN_FAILED, origin=origin_of(request)
        )

    def reauthenticate(self, user: User, password: str) -> bool:
        """Tell whether this is the user's password. The lookup is by username, which is always the user's own."""
        found = self.authenticate(context.request, username=user.username, password=password)
        return found is not None and found.pk == user.pk

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in; the first sign-in of an account does not count as one from a new device."""
        request.is_first_sign_in = user.last_login is None  # for receivers.note_sign_in
        super().login(request, user)

    def set_password(self, user: User, password: str) -> None:
        """Replace a user's password, revoke their tokens and end their sessions unless the caller keeps them."""
        replace_password(user, password)

    def clean_password(self, password: str, user: User | None = None) -> str:
        """Return a new password in its normal form, after validation."""
        return super().clean_password(normalize_password(password), user)


def _find_attempted_user(request: HttpRequest, credentials: dict[str, Any]) -> User | None:
    """Return the user that a password was tried for, with one query whether or not there is one."""
    if request.user.is_authenticated:
        return request.user
    if email := credentials.get("email"):
        return User.objects.by_email(email).first()
    return User.objects.by_username(credentials.get("username") or "").first()
