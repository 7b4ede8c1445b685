"""The form that narrows the issues of a repository."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Hidden, Layout, Submit
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from repositories.models import Issue
from repositories.querysets import IssueQuerySet

# Each word is a condition of the SQL.
WORDS_MAX_LENGTH = 100
# That of a label on GitHub.
LABEL_MAX_LENGTH = 50
ISSUES, PULL_REQUESTS = "issues", "pull_requests"


class FilterForm(forms.Form):
    """The state, words, label and kind of issues; by default all open issues that are not pull requests."""

    q = forms.CharField(
        label=_("Words"),
        required=False,
        max_length=WORDS_MAX_LENGTH,
        widget=forms.TextInput(attrs={"dir": "auto", "enterkeyhint": "search"}),
    )
    label = forms.CharField(
        label=_("Label"),
        required=False,
        max_length=LABEL_MAX_LENGTH,
        widget=forms.TextInput(attrs={"dir": "auto", "enterkeyhint": "search", "autocapitalize": "none"}),
    )
    kind = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[(ISSUES, _("Issues")), (PULL_REQUESTS, _("Pull requests"))],
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        state = data.get("state")
        self.state = state if state in Issue.State.values else Issue.State.OPEN.value
        self.is_valid()
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.form_class = "mb-filter"
        self.helper.layout = Layout(
            Hidden("state", self.state), Div("q", "label", "kind", Submit("", _("Filter"), css_class="btn-default"))
        )

    @property
    def query(self) -> dict[str, str]:
        """The parameters of this list without its state, for links."""
        return {name: value for name, value in self.cleaned_data.items() if value and value != ISSUES}

    @property
    def tabs(self) -> list[tuple[str, Promise, bool]]:
        """The URL and label of this list in each state, and whether that is this list."""
        return [
            (f"?{urlencode({'state': state.value, **self.query})}", state.label, state == self.state)
            for state in Issue.State
        ]

    def narrow(self, issues: IssueQuerySet) -> IssueQuerySet:
        """Keep the issues that the form selects; invalid values, which the form reports, exclude none."""
        issues = issues.in_state(self.state)
        is_pulls = self.cleaned_data.get("kind") == PULL_REQUESTS
        issues = issues.pull_requests() if is_pulls else issues.without_pull_requests()
        if label := self.cleaned_data.get("label"):
            issues = issues.labelled(label)
        return issues.matching(self.cleaned_data.get("q", ""))
