"""The forms in which people report something, answer a decision, and in which the team decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from microblog.core.fields import BodyField
from microblog.core.forms import form_helper
from moderation.models import Decision, Rule

# The longest text, as wide as the pages that show it.
# Characters of what users and staff write about a case.
TEXT_MAX_LENGTH = 1000
SENTENCES = {"limit": TEXT_MAX_LENGTH, "cols": 50}


class ReportForm(forms.Form):
    rule = forms.ModelChoiceField(
        label=_("Which rule does it break?"),
        queryset=Rule.objects.in_force(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    comment = BodyField(
        **SENTENCES,
        label=_("What should we know?"),
        help_text=_("The people who run the site read this, and nobody else."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(_("Report"))


class AppealForm(forms.Form):
    text = BodyField(
        **SENTENCES,
        label=_("Your answer"),
        help_text=_("Say what we got wrong, or what we did not know. You can answer once."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(_("Send the answer"))


class DecisionForm(forms.Form):
    """What the team decides, by which rule and why. What each decision needs is up to the service."""

    # Days, '' for good.
    LENGTHS = [
        ("1", _("1 day")),
        ("3", _("3 days")),
        ("7", _("7 days")),
        ("30", _("30 days")),
        ("90", _("90 days")),
        ("", _("For good")),
    ]

    rule = forms.ModelChoiceField(label=_("Rule"), queryset=Rule.objects.in_force(), required=False)
    reason = BodyField(
        **SENTENCES,
        label=_("Reason"),
        help_text=_("The person reads it, in these words. It goes into the log too."),
        required=False,
    )
    length = forms.ChoiceField(label=_("A suspension lasts"), choices=LENGTHS, initial="7", required=False)
    action = forms.ChoiceField(choices=Decision.Action, widget=forms.HiddenInput)

    def facts(self) -> dict[str, Any]:
        """Return what the services that decide take."""
        days = self.cleaned_data["length"]
        until = timezone.now() + timedelta(days=int(days)) if days else None
        return {"rule": self.cleaned_data["rule"], "reason": self.cleaned_data["reason"], "until": until}


class CaseForm(DecisionForm):
    """A decision about one case, by somebody who knows of so many decisions before."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """Why something is taken back, or an appeal granted or turned down."""

    reason = BodyField(
        **SENTENCES,
        label=_("Reason"),
        rows=2,
        help_text=_("The person reads it, in these words. It goes into the log too."),
    )


class NoteForm(forms.Form):
    text = BodyField(**SENTENCES, label=_("Note"), rows=2, help_text=_("For the team. The person never reads it."))


class ManyForm(DecisionForm):
    """A decision about many things at once."""

    # Ids with commas between them, in one field: Django counts the fields of a form.
    ids = forms.RegexField(regex=r"^\d+(,\d+)*$", widget=forms.HiddenInput)

    def clean_ids(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data["ids"].split(",")]
