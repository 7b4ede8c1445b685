"""The form with which users sign up."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.passwords import normalize_password
from accounts.placeholders import make_placeholder_email
from accounts.security.validators import PASSWORD_INPUT_MAX_LENGTH
from accounts.services import EmailTaken, enqueue_notice, is_verification_mandatory
from accounts.validators import USERNAME_MAX_LENGTH
from microblog.core.allauth_internals import consume_email_verification_rate_limit
from microblog.core.fields import EMAIL, NEW_PASSWORD, USERNAME, describe_inputs, limit_length
from microblog.core.forms import form_helper


class SignupForm(allauth_forms.SignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username, email = self.fields["username"], self.fields["email"]
        password, repeat = self.fields["password1"], self.fields["password2"]
        username.help_text = _("Letters, digits and _ . - are fine. You can change it later.")
        email.label = _("Email")
        password.help_text = _("At least 8 characters. A few unrelated words are easy to remember and hard to guess.")
        repeat.label = _("Repeat Password")
        describe_inputs(
            self,
            username=USERNAME | {"maxlength": USERNAME_MAX_LENGTH},
            email=EMAIL | {"maxlength": 120},
            password1=NEW_PASSWORD,
            password2=NEW_PASSWORD,
        )
        limit_length(self, PASSWORD_INPUT_MAX_LENGTH, "password1", "password2")
        self.helper = form_helper(_("Register"))

    def clean_password1(self) -> str:
        return normalize_password(self.cleaned_data["password1"])

    def clean_password2(self) -> str:
        repeat = normalize_password(self.cleaned_data["password2"])
        if self.cleaned_data.get("password1", repeat) != repeat:
            raise forms.ValidationError(_("Field must be equal to password."), code="password_mismatch")
        return repeat

    def validate_unique_email(self, value: str) -> str:
        """Refuse a taken email address only where verification is optional."""
        self.owner = User.objects.by_email(value).first()
        if self.owner and not is_verification_mandatory():
            raise get_adapter().validation_error("email_taken")
        return value

    def save(self, request: HttpRequest) -> User:
        """
        Create the account and the row of its email address together.

        Raise UsernameTaken, or EmailTaken where verification is optional, for one taken concurrently. Elsewhere
        notify the owner of a taken email address and store a placeholder, see make_placeholder_email().
        """
        email = self.cleaned_data["email"]
        try:
            return self._save(request)
        except EmailTaken:
            if not is_verification_mandatory():
                raise
            self.cleaned_data["email"] = email
            self.owner = User.objects.by_email(email).first()
            return self.save(request)

    def _save(self, request: HttpRequest) -> User:
        with transaction.atomic():
            self.cleaned_data["claimed_email"] = self.cleaned_data["email"] if self.owner else ""
            if self.owner:
                if consume_email_verification_rate_limit(request, self.owner.email):
                    enqueue_notice("account_exists", self.owner)
                self.cleaned_data["email"] = make_placeholder_email()
            return super().save(request)
