"""The forms in which people report something, answer a decision, and in which the team decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import form_helper
from microblog.core.text import MaxCharactersValidator, normalize_text, validate_no_control_characters
from moderation.models import TEXT_MAX_LENGTH, Rule


class TextField(forms.CharField):
    """Some sentences in normal form."""

    default_validators = [validate_no_control_characters, MaxCharactersValidator(TEXT_MAX_LENGTH)]

    def __init__(self, *, rows: int = 4, **options: Any) -> None:
        super().__init__(strip=False, widget=forms.Textarea(attrs={"cols": 50, "rows": rows}), **options)

    def to_python(self, value: Any) -> str:
        return normalize_text(super().to_python(value))


class ReportForm(forms.Form):
    rule = forms.ModelChoiceField(
        label=_("Which rule does it break?"),
        queryset=Rule.objects.in_force(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    comment = TextField(
        label=_("What should we know?"),
        help_text=_("The people who run the site read this, and nobody else."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(_("Report"))


class AppealForm(forms.Form):
    text = TextField(
        label=_("Your answer"),
        help_text=_("Say what we got wrong, or what we did not know. You can answer once."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(_("Send the answer"))
