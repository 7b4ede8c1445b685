"""The form in which private messages are written."""

from __future__ import annotations

import uuid
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from microblog.core.fields import BodyField


class MessageForm(forms.Form):
    body = BodyField(label=_("Message"), limit="MESSAGE_MAX_LENGTH")
    # Unlike for every form shown, the same when one is sent twice.
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].widget.attrs["rows"] = 2
        self.fields["body"].help_text = ngettext(
            "%(count)d character at most.", "%(count)d characters at most.", settings.MESSAGE_MAX_LENGTH
        ) % {"count": settings.MESSAGE_MAX_LENGTH}
        self.fields["submission_key"].initial = uuid.uuid4
        self.helper = FormHelper()
        self.helper.form_tag = False
