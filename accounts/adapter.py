"""The site's rules, where django-allauth asks for them."""

from ipaddress import ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core import context
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.backends import find_by_login
from accounts.models import User, Username
from accounts.passwords import normalize_password
from accounts.placeholders import is_stand_in
from accounts.security.devices import is_known_device, origin_of
from accounts.security.models import SecurityEvent
from accounts.security.services import record_security_event
from accounts.services import (
    enqueue_confirmation,
    enqueue_notice,
    register_user,
    replace_password,
)
from accounts.validators import fold_username
from microblog.core.allauth_internals import consume_rate_limit
from microblog.core.bidi import isolated
from microblog.core.limits import longest_wait
from microblog.core.site_urls import is_site_path

# Which of the site's mails goes out where allauth announces one of its own.
NOTICES = {
    "password_changed": "password_changed",
    "password_reset": "password_changed",
    "email_changed": "email_changed",
}


def _too_many_attempts() -> str:
    wait = longest_wait("login_failed", "login_failed_known_device")
    return gettext("Too many failed login attempts. Wait up to %(time)s, then try again.") % isolated(time=wait)


class AccountAdapter(DefaultAccountAdapter):
    # Whichever limit was reached; lazy, because it depends on the reader's language and on settings.
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("Invalid username or password"),
        "email_password_mismatch": _("Invalid username or password"),
        "email_taken": _("Please use a different email address."),
        "username_taken": _("Please use a different username."),
        "too_many_login_attempts": lazy(_too_many_attempts, str)(),
    }

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the name in normal form, or raise a ValidationError that says what is wrong with it."""
        username = User.normalize_username(super().clean_username(username, shallow=True))
        if not shallow and Username.objects.confusable_with(username).exists():
            raise self.validation_error("username_taken")
        return username

    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        """Create the account by the same service as every other door; mails will speak the language of this page."""
        data: dict[str, Any] = form.cleaned_data
        return register_user(
            username=data["username"],
            email=data["email"],
            password=data["password1"],
            language=get_language(),
            claimed_email=data["claimed_email"],
        )

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Refuse closed accounts, but for users who are leaving: these pass all stages of a sign-in first."""
        return None if user.is_leaving else super().pre_login(request, user, **kwargs)

    def get_login_stages(self) -> list[str]:
        return [*super().get_login_stages(), "accounts.leaving.LeavingStage"]

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return where a request comes from; a listener for IPv4 and IPv6 writes the former as ::ffff:192.0.2.1."""
        ip = ip_address(super().get_client_ip(request))
        return str(getattr(ip, "ipv4_mapped", None) or ip)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """
        Count an attempt to sign in, against the account that is meant, however it is spelled.

        Not against the account in a browser that was signed in to it before, so that nobody can lock its owner out.
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
        """Write down a wrong password, whether or not there is an account that it was meant for."""
        record_security_event(
            _meant(request, credentials), SecurityEvent.Kind.SIGN_IN_FAILED, origin=origin_of(request)
        )

    def reauthenticate(self, user: User, password: str) -> bool:
        """Tell whether this is the user's password; looked up by the username, which is always the user's own."""
        found = self.authenticate(context.request, username=user.username, password=password)
        return found is not None and found.pk == user.pk

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in; the first time ever is no sign-in from a new device."""
        request.is_first_sign_in = user.last_login is None  # for accounts.receivers
        super().login(request, user)

    def set_password(self, user: User, password: str) -> None:
        """Give a person another password; this ends their tokens, and their sessions unless the caller keeps them."""
        replace_password(user, password)

    def clean_password(self, password: str, user: User | None = None) -> str:
        """Return a new password in its normal form, which is what is checked."""
        return super().clean_password(normalize_password(password), user)

    def is_safe_url(self, url: str | None) -> bool:
        """Lead on to pages of this site alone."""
        return is_site_path(url)

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: EmailAddress, signup: bool) -> bool:
        """Send none to a new account that stands in for another one, whose owner has just been told."""
        return not (signup and is_stand_in(email_address.email))

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC, signup: bool
    ) -> None:
        """Leave it to a job, which makes the link."""
        enqueue_confirmation(emailconfirmation.email_address)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person by a job what happened to their account, and at a former address too."""
        event = NOTICES.get(template_prefix.rpartition("/")[2])
        if event:
            enqueue_notice(event, user)
            if email:
                enqueue_notice(event, user, email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Refuse: every mail is made by a job, from the site's own templates."""
        raise NotImplementedError(template_prefix)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address, unless it has become another account's meanwhile."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except IntegrityError:
            return False

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the site's pages have their own words for what happened."""


def _meant(request: HttpRequest, credentials: dict[str, Any]) -> User | None:
    """Return whose password was tried, looked up alike whether or not there is such an account."""
    if request.user.is_authenticated:
        return request.user
    if email := credentials.get("email"):
        return User.objects.by_email(email).first()
    return User.objects.by_username(credentials.get("username") or "").first()
