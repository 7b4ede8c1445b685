"""Forms about one's account."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import change_username


def form_helper(label: Any) -> FormHelper:
    """Return how the site's forms are laid out: posted to the current address, one button with this label."""
    helper = FormHelper()
    helper.form_action = ""
    helper.add_input(Submit("submit", label))
    return helper


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label = _("Username or email")
        login.widget.attrs = {"autocomplete": "username", "autocapitalize": "none", "size": 32}
        password.widget.attrs = {"autocomplete": "current-password", "size": 32}
        password.help_text = ""
        self.helper = form_helper(_("Sign In"))


class SignupForm(allauth_forms.SignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username, email = self.fields["username"], self.fields["email"]
        password, repeat = self.fields["password1"], self.fields["password2"]
        username.help_text = _("Letters, digits and _ . - are fine. You can change it later.")
        username.widget.attrs = {"autocomplete": "username", "autocapitalize": "none", "size": 32, "maxlength": 64}
        email.label = _("Email")
        email.widget.attrs = {"autocomplete": "email", "size": 64, "maxlength": 120}
        password.help_text = _("At least 8 characters. A few unrelated words are easy to remember and hard to guess.")
        password.widget.attrs = {"autocomplete": "new-password", "size": 32}
        repeat.label = _("Repeat Password")
        repeat.widget.attrs = {"autocomplete": "new-password", "size": 32}
        self.helper = form_helper(_("Register"))

    def clean_password2(self) -> str:
        repeat: str = self.cleaned_data["password2"]
        if self.cleaned_data.get("password1", repeat) != repeat:
            raise forms.ValidationError(_("Field must be equal to password."), code="password_mismatch")
        return repeat

    def save(self, request: HttpRequest) -> User:
        """Create the account and the row of its e-mail address together; raise DomainError when taken meanwhile."""
        with transaction.atomic():
            return super().save(request)


class EditProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["username", "about_me", "avatar_source"]
        widgets = {
            "about_me": forms.Textarea(attrs={"cols": 50, "rows": 4, "maxlength": 140}),
            "avatar_source": forms.RadioSelect,
        }
        help_texts = {
            "username": _("Your former name stays yours, and links to it lead to you."),
            "about_me": _("140 characters at most. Everybody can read it."),
            "avatar_source": _("With Gravatar, readers' browsers ask that service for your picture."),
        }
        labels = {"username": _("Username"), "about_me": _("About me"), "avatar_source": _("Picture")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(_("Submit"))

    def clean_username(self) -> str:
        return User.normalize_username(self.cleaned_data["username"])

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        """Save the profile and the name together; raise DomainError when the name cannot be had."""
        if "username" in self.changed_data:
            change_username(self.instance, self.cleaned_data["username"])
        self.instance.save(update_fields=["about_me", "avatar_source"])
        return self.instance


class PreferencesForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)

    class Meta:
        model = User
        fields = ["theme", "time_zone"]
        widgets = {"theme": forms.RadioSelect}
        labels = {"theme": _("Theme")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
        self.fields["time_zone"].choices = [
            ("", _("As on this device")),
            ("UTC", "UTC"),
            *((zone, zone.replace("_", " ")) for zone in zones),
        ]
        self.helper = form_helper(_("Submit"))


class LeaveForm(forms.Form):
    """Asks for the password of the person who wants to leave."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "size": 32}),
    )
    days = settings.ACCOUNT_DELETION_DAYS

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.helper = form_helper(_("Delete my account"))
        self.helper.inputs[0].field_classes = "btn btn-danger"

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("incorrect_password")
        return password
