"""The form with which users change their email address."""

from __future__ import annotations

from typing import Any

from crispy_forms.layout import Hidden, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.security.forms.passwords import EmailForm


class ChangeEmailForm(EmailForm):
    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, label=_("Change email address"), **kwargs)
        self.user = user
        self.fields["email"].label = _("New email address")
        self.helper.layout = Layout("email", Hidden("action", "change"))

    def clean_email(self) -> str:
        email = super().clean_email()
        if email == self.user.email:
            raise forms.ValidationError(_("This is already your email address."), code="same")
        return email
