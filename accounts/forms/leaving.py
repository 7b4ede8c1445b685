"""The form with which users delete their account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from crispy_forms.layout import HTML, Layout
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.security.forms.passwords import HIDDEN_USERNAME
from accounts.security.validators import PASSWORD_INPUT_MAX_LENGTH
from microblog.core.fields import CURRENT_PASSWORD, describe_inputs
from microblog.core.forms import form_helper


class LeaveForm(forms.Form):
    """Confirms the deletion of the account with the password."""

    password = forms.CharField(
        label=_("Password"),
        max_length=PASSWORD_INPUT_MAX_LENGTH,
        strip=False,
        widget=forms.PasswordInput,
    )
    days = settings.ACCOUNT_DELETION_DAYS

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        describe_inputs(self, password=CURRENT_PASSWORD)
        self.helper = form_helper(_("Delete my account"))
        self.helper.layout = Layout(HTML(HIDDEN_USERNAME), "password")
        self.helper.inputs[0].field_classes = "btn btn-danger"

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("incorrect_password")
        return password
