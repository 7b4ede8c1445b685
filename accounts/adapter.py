"""The site's rules for accounts, as an adapter of django-allauth."""

from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Username
from accounts.placeholders import is_placeholder_email
from accounts.security.adapter import SignInAdapter
from accounts.services import enqueue_confirmation, enqueue_notice, register_user
from microblog.core.site_urls import is_site_path

# The site's mail for each notification of allauth.
NOTICES = {
    "password_changed": "password_changed",
    "password_reset": "password_changed",
    "email_changed": "email_changed",
}


class AccountAdapter(SignInAdapter):
    error_messages = SignInAdapter.error_messages | {
        "email_taken": _("Please use a different email address."),
        "username_taken": _("Please use a different username."),
    }

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the username in its normal form, or raise ValidationError."""
        username = User.normalize_username(super().clean_username(username, shallow=True))
        if not shallow and Username.objects.confusable_with(username).exists():
            raise self.validation_error("username_taken")
        return username

    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        """Create the account with register_user(); its mails are in the language of this page."""
        data: dict[str, Any] = form.cleaned_data
        return register_user(
            username=data["username"],
            email=data["email"],
            password=data["password1"],
            language=get_language(),
            claimed_email=data["claimed_email"],
        )

    def is_safe_url(self, url: str | None) -> bool:
        """Allow redirects to pages of this site only."""
        return is_site_path(url)

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: EmailAddress, signup: bool) -> bool:
        """Send no mail to a placeholder: the owner of the taken email address has been notified instead."""
        return not (signup and is_placeholder_email(email_address.email))

    def send_confirmation_mail(
        self, request: HttpRequest, emailconfirmation: EmailConfirmationHMAC, signup: bool
    ) -> None:
        """Enqueue the mail; the job makes the link."""
        enqueue_confirmation(emailconfirmation.email_address)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Enqueue the mail about a change of the account, to a former email address too."""
        event = NOTICES.get(template_prefix.rpartition("/")[2])
        if event:
            enqueue_notice(event, user)
            if email:
                enqueue_notice(event, user, email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Raise NotImplementedError: jobs send every mail, from the site's own templates."""
        raise NotImplementedError(template_prefix)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an email address; return False if another account has taken it in the meantime."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except IntegrityError:
            return False

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Add no message of allauth: the site's views add their own."""
