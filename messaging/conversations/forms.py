"""The form of private messages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from microblog.core.fields import BodyField, SubmissionKeyField


class MessageForm(forms.Form):
    body = BodyField(label=_("Message"), limit="MESSAGE_MAX_LENGTH", rows=2)
    submission_key = SubmissionKeyField()


class ThreadForm(MessageForm):
    """The form below a conversation, where the label is visually hidden, and shown as the placeholder instead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].widget.attrs["placeholder"] = self.fields["body"].label
