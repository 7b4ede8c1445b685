"""Form fields that several apps use."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.forms.widgets import Script
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from microblog.core.text import (
    MaxCharactersValidator,
    normalize_text,
    validate_marks,
    validate_no_control_characters,
    validate_visible,
)


def _describe(limit: str | int) -> str:
    count = _limit(limit)
    return ngettext("%(count)d character at most.", "%(count)d characters at most.", count) % {"count": count}


def _limit(limit: str | int) -> int:
    return getattr(settings, limit) if isinstance(limit, str) else limit


# In the language of whoever reads it.
_hint = lazy(_describe, str)


def limit_length(form: forms.BaseForm, limit: int, *names: str) -> None:
    """Refuse what is longer in these fields of a form, which a library defines without a limit."""
    for name in names:
        field = form.fields[name]
        assert isinstance(field, forms.CharField)  # noqa: S101 - nothing else has a length
        field.max_length = limit
        field.validators.append(MaxLengthValidator(limit))


class BodyTextarea(forms.Textarea):
    """A text area whose script counts characters as its field does; `maxlength` would count UTF-16 code units."""

    class Media:
        js = [Script("microblog/js/composer.js", type="module")]


class BodyField(forms.CharField):
    """
    What a user writes on several lines, in normal form and no longer than `limit` characters.

    `limit` is a number or the name of a setting.
    """

    default_validators = [validate_no_control_characters, validate_marks, validate_visible]

    def __init__(self, *, limit: str | int, cols: int = 32, rows: int = 4, **options: Any) -> None:
        self.limit = limit
        options = {"help_text": _hint(limit), "initial": ""} | options
        super().__init__(
            strip=False, widget=BodyTextarea(attrs={"cols": cols, "rows": rows, "dir": "auto"}), **options
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {
            **super().widget_attrs(widget),
            "data-max": _limit(self.limit),
            "data-over": _("The text is too long."),
        }

    def to_python(self, value: Any) -> str:
        return normalize_text(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        MaxCharactersValidator(_limit(self.limit))(value)


class SubmissionKeyField(forms.UUIDField):
    """A hidden key that is different for every form shown, and the same when a form is sent twice."""

    def __init__(self, **options: Any) -> None:
        # A browser that restores the form must not restore a used key with it; forms.js renews it. HTML allows no such
        # attribute on an input of the type hidden.
        widget = forms.TextInput(attrs={"hidden": True, "autocomplete": "off", "data-submission-key": True})
        super().__init__(widget=widget, required=False, initial=uuid.uuid4, **options)
