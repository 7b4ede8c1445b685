"""The form with which users choose what they are notified of."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.notifications.models import Notification
from microblog.core.forms import form_helper


class NotificationSettingsForm(forms.Form):
    """Checks the kinds that the user gets, and silences the others."""

    kinds = forms.MultipleChoiceField(
        label=_("Notify me of"),
        choices=[(kind.value, kind.label) for kind in Notification.OPTIONAL],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You keep the notifications that you already have."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(_("Save"))

    @property
    def silenced(self) -> set[str]:
        """Return the kinds that are not checked, of a valid form."""
        return {*Notification.OPTIONAL} - {*self.cleaned_data["kinds"]}
