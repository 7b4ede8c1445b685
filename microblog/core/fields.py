"""Form fields that several apps use."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.utils.functional import lazy
from django.utils.translation import ngettext

from microblog.core.text import (
    MaxCharactersValidator,
    normalize_text,
    validate_marks,
    validate_no_control_characters,
    validate_visible,
)


def _describe(limit: str) -> str:
    count = getattr(settings, limit)
    return ngettext("%(count)d character at most.", "%(count)d characters at most.", count) % {"count": count}


# In the language of whoever reads it.
_hint = lazy(_describe, str)


def limit_length(form: forms.BaseForm, limit: int, *names: str) -> None:
    """Refuse what is longer in these fields of a form, which a library defines without a limit."""
    for name in names:
        field = form.fields[name]
        assert isinstance(field, forms.CharField)  # noqa: S101 - nothing else has a length
        field.max_length = limit
        field.validators.append(MaxLengthValidator(limit))


class BodyField(forms.CharField):
    """What a person writes, in normal form, no longer than the setting of a name allows."""

    default_validators = [validate_no_control_characters, validate_marks, validate_visible]
    widget = forms.Textarea(attrs={"cols": 32, "rows": 4})

    def __init__(self, *, limit: str, **options: Any) -> None:
        super().__init__(strip=False, help_text=_hint(limit), **options)
        self.limit = limit

    def to_python(self, value: Any) -> str:
        return normalize_text(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        MaxCharactersValidator(getattr(settings, self.limit))(value)


class SubmissionKeyField(forms.UUIDField):
    """A hidden key that is different for every form shown, and the same when a form is sent twice."""

    def __init__(self, **options: Any) -> None:
        # A browser that restores the form must not restore a used key with it; forms.js renews it.
        widget = forms.HiddenInput(attrs={"autocomplete": "off", "data-submission-key": True})
        super().__init__(widget=widget, required=False, initial=uuid.uuid4, **options)
