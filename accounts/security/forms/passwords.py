"""Forms with which users sign in, confirm who they are, and choose a password."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import PasswordField, SetPasswordField
from crispy_forms.layout import HTML, Layout
from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.passwords import normalize_password
from accounts.security.devices import origin_of
from accounts.security.services import end_sessions, keep_sessions
from accounts.security.validators import PASSWORD_INPUT_MAX_LENGTH
from accounts.validators import TYPED_USERNAME_MAX_LENGTH
from microblog.core.fields import CURRENT_PASSWORD, EMAIL, NEW_PASSWORD, USERNAME, describe_inputs, limit_length
from microblog.core.forms import form_helper

# Tells password managers which account the password belongs to.
HIDDEN_USERNAME = (
    '<input type="text" name="username" autocomplete="username" readonly hidden'
    ' value="{% firstof form.user.username user.username %}">'
)


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Username or email")
        self.fields["password"].help_text = ""
        describe_inputs(self, login=USERNAME, password=CURRENT_PASSWORD)
        limit_length(self, TYPED_USERNAME_MAX_LENGTH, "login")
        limit_length(self, PASSWORD_INPUT_MAX_LENGTH, "password")
        self.helper = form_helper(_("Sign In"))


class ConfirmPasswordForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        describe_inputs(self, password=CURRENT_PASSWORD)
        limit_length(self, PASSWORD_INPUT_MAX_LENGTH, "password")
        self.helper = form_helper(_("Continue"))
        self.helper.layout = Layout(HTML(HIDDEN_USERNAME), "password")


class EmailForm(forms.Form):
    """Ask for an email address. The response does not depend on whether it belongs to an account."""

    email = forms.EmailField(label=_("Email"), max_length=120)

    def __init__(self, *args: Any, label: Any, help_text: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe_inputs(self, email=EMAIL)
        self.fields["email"].help_text = help_text
        self.helper = form_helper(label)

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class ResetLinkForm(allauth_forms.UserTokenForm):
    """The two halves of a reset link's key; allauth's form fails without the first one."""

    def _get_user(self, uidb36: str | None) -> User | None:
        return super()._get_user(uidb36) if uidb36 else None


class NewPasswordForm(forms.Form):
    """Choose a password at a reset, and whether other sessions end."""

    password1 = SetPasswordField(
        label=_("Password"),
        max_length=PASSWORD_INPUT_MAX_LENGTH,
        help_text=_("At least 8 characters. A few unrelated words are easy to remember and hard to guess."),
    )
    password2 = PasswordField(
        label=_("Repeat Password"), max_length=PASSWORD_INPUT_MAX_LENGTH, autocomplete="new-password"
    )
    end_sessions = forms.BooleanField(
        label=_("Sign out on all other devices"),
        help_text=_("This also signs out anyone who may know the old password."),
        initial=True,
        required=False,
    )
    button: Any = _("Request Password Reset")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password1"].user = user
        describe_inputs(self, password1=NEW_PASSWORD, password2=NEW_PASSWORD)
        self.helper = form_helper(self.button)
        self.helper.layout = Layout(HTML(HIDDEN_USERNAME), *self.fields)

    def clean_password2(self) -> str:
        repeat = normalize_password(self.cleaned_data["password2"])
        if self.cleaned_data.get("password1", repeat) != repeat:
            raise forms.ValidationError(_("Field must be equal to password."), code="password_mismatch")
        return repeat

    @transaction.atomic
    def save(self, request: HttpRequest) -> None:
        get_adapter().set_password(self.user, self.cleaned_data["password1"])
        if self.cleaned_data["end_sessions"]:
            end_sessions(self.user, except_session=request.session.stored_key, origin=origin_of(request))
        else:
            keep_sessions(self.user)


class ChangePasswordForm(NewPasswordForm):
    """Change the password of the signed-in user; the current one is required if there is one."""

    old_password = PasswordField(
        label=_("Current password"), max_length=PASSWORD_INPUT_MAX_LENGTH, autocomplete="current-password"
    )
    field_order = ["old_password", "password1", "password2", "end_sessions"]
    button = _("Change password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe_inputs(self, old_password=CURRENT_PASSWORD, password1=NEW_PASSWORD, password2=NEW_PASSWORD)
        self.fields["password1"].label = _("New password")
        if not self.user.has_usable_password():
            del self.fields["old_password"]
            self.helper.layout = Layout(HTML(HIDDEN_USERNAME), *self.fields)

    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your current password."), code="incorrect_password")
        return password
