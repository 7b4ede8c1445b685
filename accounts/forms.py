"""Forms about one's account."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.fields import PasswordField, SetPasswordField
from crispy_forms.layout import HTML, Hidden, Layout
from django import forms
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.passwords import normalize_password
from accounts.placeholders import make_stand_in
from accounts.security.devices import origin_of
from accounts.security.services import end_sessions, keep_sessions
from accounts.services import (
    EmailTaken,
    change_username,
    enqueue_notice,
    is_verification_mandatory,
)
from accounts.time_zones import TimeZoneField
from accounts.validators import (
    ABOUT_ME_MAX_LENGTH,
    PASSWORD_INPUT_MAX_LENGTH,
    TYPED_USERNAME_MAX_LENGTH,
    USERNAME_MAX_LENGTH,
    username_validators,
)
from microblog.core.allauth_internals import consume_email_verification_rate_limit
from microblog.core.fields import (
    CURRENT_PASSWORD,
    EMAIL,
    NEW_PASSWORD,
    USERNAME,
    BodyField,
    describe_inputs,
    limit_length,
)
from microblog.core.forms import form_helper

# Tells a password manager whose password a form asks for.
WHOSE_ACCOUNT = (
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
        """Say that an address is taken only where accounts open without confirming it."""
        self.owner = User.objects.by_email(value).first()
        if self.owner and not is_verification_mandatory():
            raise get_adapter().validation_error("email_taken")
        return value

    def save(self, request: HttpRequest) -> User:
        """
        Create the account and the row of its email address together; raise DomainError when taken in the meantime.

        With the email address of another account, notify its owner and create an account that stands in; see
        make_stand_in(). Where confirmation is mandatory, that holds for one taken at this very moment too.
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
                self.cleaned_data["email"] = make_stand_in()
            return super().save(request)


class ConfirmPasswordForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        describe_inputs(self, password=CURRENT_PASSWORD)
        limit_length(self, PASSWORD_INPUT_MAX_LENGTH, "password")
        self.helper = form_helper(_("Continue"))
        self.helper.layout = Layout(HTML(WHOSE_ACCOUNT), "password")


class EmailForm(forms.Form):
    """Ask for an e-mail address. Whose it is decides nothing that the visitor could notice."""

    email = forms.EmailField(label=_("Email"), max_length=120)

    def __init__(self, *args: Any, label: Any, help_text: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe_inputs(self, email=EMAIL)
        self.fields["email"].help_text = help_text
        self.helper = form_helper(label)

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class ChangeEmailForm(EmailForm):
    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, label=_("Change address"), **kwargs)
        self.user = user
        self.fields["email"].label = _("New address")
        self.helper.layout = Layout("email", Hidden("action", "change"))

    def clean_email(self) -> str:
        email = super().clean_email()
        if email == self.user.email:
            raise forms.ValidationError(_("This is your address already."), code="same")
        return email


class ResetLinkForm(allauth_forms.UserTokenForm):
    """The two halves of the secret of a reset link; allauth's form expects the first one to be there."""

    def _get_user(self, uidb36: str | None) -> User | None:
        return super()._get_user(uidb36) if uidb36 else None


class NewPasswordForm(forms.Form):
    """Choose a password, at a reset, and whether whoever is signed in stays so."""

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
        help_text=_("Whoever may have learnt the old password is signed out too."),
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
        self.helper.layout = Layout(HTML(WHOSE_ACCOUNT), *self.fields)

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
    """Choose another password while one is signed in. Who has none yet is not asked for it."""

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
            self.helper.layout = Layout(HTML(WHOSE_ACCOUNT), *self.fields)

    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your current password."), code="incorrect_password")
        return password


class EditProfileForm(forms.ModelForm):
    # Not one of the model's fields below, whose validators would refuse a name that was accepted in former times.
    username = forms.CharField(
        label=_("Username"),
        max_length=USERNAME_MAX_LENGTH,
        help_text=_("Your former name stays yours, and links to it lead to you."),
    )
    about_me = BodyField(
        label=_("About me"),
        limit=ABOUT_ME_MAX_LENGTH,
        cols=50,
        help_text=_("140 characters at most. Everybody can read it."),
        required=False,
    )
    field_order = ["username", "about_me"]

    class Meta:
        model = User
        fields = ["about_me", "avatar_source"]
        widgets = {"avatar_source": forms.RadioSelect}
        help_texts = {"avatar_source": _("With Gravatar, readers' browsers ask that service for your picture.")}
        labels = {"avatar_source": _("Picture")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("username", self.instance.username)
        describe_inputs(self, username=USERNAME | {"maxlength": USERNAME_MAX_LENGTH})
        self.helper = form_helper(_("Submit"))

    def clean_username(self) -> str:
        if "username" not in self.changed_data:
            return self.instance.username
        username: str = User.normalize_username(self.cleaned_data["username"])
        for validate in username_validators:
            validate(username)
        return username

    @transaction.atomic
    def save(self, commit: bool = True) -> User:
        """Save the profile and the name together; raise DomainError when the name cannot be had."""
        if "username" in self.changed_data:
            change_username(self.instance, self.cleaned_data["username"])
        self.instance.save(update_fields=["about_me", "avatar_source"])
        return self.instance


class PreferencesForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = TimeZoneField(label=_("Time zone"), required=False)

    class Meta:
        model = User
        fields = ["language", "time_zone", "theme"]
        widgets = {"theme": forms.RadioSelect}
        labels = {"theme": _("Theme")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("As in this browser")), *settings.LANGUAGES]
        # The API takes others too, and names become obsolete.
        self.fields["time_zone"].offer(self.instance.time_zone)
        self.helper = form_helper(_("Submit"))

    def save(self, commit: bool = True) -> User:
        """Save what the form asks for and nothing else, such as counters that moved meanwhile."""
        self.instance.save(update_fields=self.Meta.fields)
        return self.instance


class LeaveForm(forms.Form):
    """Asks for the password of the person who wants to leave."""

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
        self.helper.layout = Layout(HTML(WHOSE_ACCOUNT), "password")
        self.helper.inputs[0].field_classes = "btn btn-danger"

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("incorrect_password")
        return password
