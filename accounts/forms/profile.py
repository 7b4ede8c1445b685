"""Forms with which users change their profile and preferences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services import change_username
from accounts.validators import ABOUT_ME_MAX_LENGTH, USERNAME_MAX_LENGTH, username_validators
from microblog.core.fields import USERNAME, BodyField, describe_inputs
from microblog.core.forms import form_helper
from microblog.core.time_zones import TimeZoneField


class EditProfileForm(forms.ModelForm):
    # Not a model field, whose validators would refuse an unchanged username that older rules accepted.
    username = forms.CharField(
        label=_("Username"),
        max_length=USERNAME_MAX_LENGTH,
        help_text=_(
            "If you change it, your former username stays reserved for you, and links to it lead to your profile."
        ),
    )
    about_me = BodyField(
        label=_("About me"),
        limit=ABOUT_ME_MAX_LENGTH,
        cols=50,
        help_text=_("140 characters at most. Everyone can read it."),
        required=False,
    )
    field_order = ["username", "about_me"]

    class Meta:
        model = User
        fields = ["about_me", "avatar_source"]
        widgets = {"avatar_source": forms.RadioSelect}
        help_texts = {"avatar_source": _("With Gravatar, readers' browsers load your picture from that service.")}
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
        """Save the profile and the username together; raise UsernameTaken or TooManyUsernames."""
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
        self.fields["language"].choices = [("", _("Same as this browser")), *settings.LANGUAGES]
        # The API accepts others too, and names become obsolete.
        self.fields["time_zone"].offer(self.instance.time_zone)
        self.helper = form_helper(_("Submit"))

    def save(self, commit: bool = True) -> User:
        """Save the form's fields only, not counters that changed in the meantime."""
        self.instance.save(update_fields=self.Meta.fields)
        return self.instance
