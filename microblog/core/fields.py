"""Form fields of several apps, and the attributes of their inputs."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.forms.utils import flatatt
from django.forms.widgets import Script
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from microblog.core.text import (
    MaxCharactersValidator,
    normalize_text,
    validate_marks,
    validate_no_control_characters,
    validate_visible,
)

# HTML attributes of a single-line input.
Attributes = dict[str, str | int]

# For exact values: without automatic capitals, corrections and spell checking.
_VERBATIM: Attributes = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}

USERNAME: Attributes = {"autocomplete": "username", "size": 32, **_VERBATIM}
EMAIL: Attributes = {"autocomplete": "email", "inputmode": "email", "size": 64, **_VERBATIM}
CURRENT_PASSWORD: Attributes = {"autocomplete": "current-password", "size": 32, **_VERBATIM}
NEW_PASSWORD: Attributes = {"autocomplete": "new-password", "size": 32, **_VERBATIM}
CODE: Attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "size": 12, **_VERBATIM}
# The name that a user gives to a token or passkey.
NAME: Attributes = {"autocomplete": "off", "size": 32, "spellcheck": "false"}


def _describe(limit: str | int) -> str:
    count = _limit(limit)
    return ngettext("%(count)d character at most.", "%(count)d characters at most.", count) % {"count": count}


def _limit(limit: str | int) -> int:
    return getattr(settings, limit) if isinstance(limit, str) else limit


# Lazy, because the language depends on the reader.
_hint = lazy(_describe, str)


def limit_length(form: forms.BaseForm, limit: int, *names: str) -> None:
    """Limit the length of these fields of a library's form, which has no limit."""
    for name in names:
        field = form.fields[name]
        assert isinstance(field, forms.CharField)  # noqa: S101 - nothing else has a length
        field.max_length = limit
        field.validators.append(MaxLengthValidator(limit))


class BodyTextarea(forms.Textarea):
    """A text area whose script counts characters as the field does; `maxlength` would count UTF-16 code units."""

    class Media:
        js = [Script("microblog/js/composer.js", type="module")]


class BodyField(forms.CharField):
    """
    A normalized text of several lines, of at most `limit` characters.

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


class SubmissionKeyInput(forms.TextInput):
    """
    A hidden input that browsers do not fill in; every page with a composer has one.

    Not an input of the type hidden, on which HTML does not allow `autocomplete="off"`. Rendered without Django's
    templates of widgets, which took more than a tenth of the processor time of home.
    """

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,  # noqa: ARG002 - Django's
    ) -> SafeString:
        more = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<input type="text" name="{}" value="{}"{}>', name, self.format_value(value) or "", more)


class SubmissionKeyField(forms.UUIDField):
    """A hidden key that is unique for each rendered form, so that sending a form twice is detected."""

    def __init__(self, **options: Any) -> None:
        # A browser that restores the form must not restore a used key; forms.js renews it.
        widget = SubmissionKeyInput(attrs={"hidden": True, "autocomplete": "off", "data-submission-key": True})
        super().__init__(label="", widget=widget, required=False, initial=uuid.uuid4, **options)


def identify_submission(key: uuid.UUID | None, *content: object) -> uuid.UUID | None:
    """
    Return the same key for the same content sent by the same form, and None for a form without a key.

    A form that the Back button restores has a used key; with different content it is a new submission.
    """
    return key and uuid.uuid5(key, "\n".join(map(str, content)))


def describe_inputs(form: forms.BaseForm, **inputs: Attributes) -> None:
    """Replace the attributes of these fields of a form; Enter in the last of them sends the form."""
    for name, attributes in inputs.items():
        form.fields[name].widget.attrs = dict(attributes)
    form.fields[name].widget.attrs["enterkeyhint"] = "go"
