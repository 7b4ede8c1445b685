"""The form in which private messages are written."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from microblog.core.fields import BodyField


class MessageForm(forms.Form):
    body = BodyField(
        label=_("Message"), limit="MESSAGE_MAX_LENGTH", widget=forms.Textarea(attrs={"cols": 32, "rows": 2})
    )
    # Unlike for every form shown, the same when one is sent twice.
    submission_key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid.uuid4)
