"""Forms for reports, appeals and decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from microblog.core.fields import BodyField
from microblog.core.forms import form_helper
from microblog.core.pagination import LARGEST_ID
from moderation.models import Decision, Rule

# Maximum length of texts by users and staff about a case, in characters.
TEXT_MAX_LENGTH = 1000
TEXT_OPTIONS = {"limit": TEXT_MAX_LENGTH, "cols": 50}


class ReportForm(forms.Form):
    rule = forms.ModelChoiceField(
        label=_("Which rule was broken?"),
        queryset=Rule.objects.in_force(),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    comment = BodyField(
        **TEXT_OPTIONS,
        label=_("Is there anything else the moderators should know?"),
        help_text=_("Only the moderators of this site can read this."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(_("Report"))


class AppealForm(forms.Form):
    text = BodyField(
        **TEXT_OPTIONS,
        label=_("Your appeal"),
        help_text=_("Say what the moderators got wrong or did not know. You can appeal once."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = form_helper(_("Send appeal"))


class DecisionForm(forms.Form):
    """A decision with its rule and reason. The services check what each decision requires."""

    # Days, '' for a permanent suspension.
    LENGTHS = [
        ("1", _("1 day")),
        ("3", _("3 days")),
        ("7", _("7 days")),
        ("30", _("30 days")),
        ("90", _("90 days")),
        ("", _("Permanently")),
    ]

    rule = forms.ModelChoiceField(label=_("Rule"), queryset=Rule.objects.in_force(), required=False)
    reason = BodyField(
        **TEXT_OPTIONS,
        label=_("Reason"),
        help_text=_("The person sees it as written. It is kept in the audit log too."),
        required=False,
    )
    length = forms.ChoiceField(label=_("A suspension lasts"), choices=LENGTHS, initial="7", required=False)
    action = forms.ChoiceField(choices=Decision.Action, widget=forms.HiddenInput)

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the decision services."""
        days = self.cleaned_data["length"]
        until = timezone.now() + timedelta(days=int(days)) if days else None
        return {"rule": self.cleaned_data["rule"], "reason": self.cleaned_data["reason"], "until": until}


class CaseForm(DecisionForm):
    """A decision about one case; `seen` is the number of its decisions that the moderator has seen."""

    seen = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """The reason for reversing a decision, or for granting or rejecting an appeal."""

    reason = BodyField(
        **TEXT_OPTIONS,
        label=_("Reason"),
        rows=2,
        help_text=_("The person sees it as written. It is kept in the audit log too."),
    )


class NoteForm(forms.Form):
    text = BodyField(
        **TEXT_OPTIONS, label=_("Note"), rows=2, help_text=_("Only for the team. The person never sees it.")
    )


class BulkDecisionForm(DecisionForm):
    """One decision about many rows; `seen` is the newest decision when the moderator saw them."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=LARGEST_ID)
    # Comma-separated ids in one field: Django limits the number of fields.
    ids = forms.RegexField(regex=r"^[0-9]{1,18}(,[0-9]{1,18})*$", widget=forms.HiddenInput)

    def clean_ids(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data["ids"].split(",")]

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "seen": self.cleaned_data["seen"]}

    def clean(self) -> None:
        """Require what each row would be refused for."""
        super().clean()
        action, rule, reason = (self.cleaned_data.get(name) for name in ("action", "rule", "reason"))
        if (action in Decision.SANCTIONS and not rule) or (action != Decision.Action.DISMISS and not reason):
            raise forms.ValidationError(_("Choose a rule and write a reason."))
