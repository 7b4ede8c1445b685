"""The form for a new API token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.security.services import MAX_TOKEN_DAYS
from microblog.core.fields import NAME, describe_inputs
from microblog.core.forms import form_helper
from microblog.core.text import validate_marks, validate_no_control_characters


class TokenForm(forms.Form):
    READ, WRITE = "read", "write"

    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        validators=[validate_no_control_characters, validate_marks],
        help_text=_("The program or machine that uses it."),
    )
    access = forms.ChoiceField(
        label=_("Access"),
        choices=[(READ, _("Read only")), (WRITE, _("Read and write"))],
        widget=forms.RadioSelect,
        initial=READ,
    )
    days = forms.TypedChoiceField(
        label=_("Expires after"),
        coerce=int,
        choices=[(7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (MAX_TOKEN_DAYS, _("1 year"))],
        initial=90,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        describe_inputs(self, name=NAME | {"maxlength": 64})
        self.helper = form_helper(_("Create a token"))
