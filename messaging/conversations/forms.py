"""The form of private messages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from microblog.core.fields import BodyField, SubmissionKeyField


class MessageForm(forms.Form):
    body = BodyField(label=_("Message"), limit="MESSAGE_MAX_LENGTH", rows=2)
    submission_key = SubmissionKeyField()
