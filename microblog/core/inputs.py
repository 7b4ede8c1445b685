"""What browsers are told about a single-line input, by what is typed into it."""

from __future__ import annotations

from django import forms

Attributes = dict[str, str | int]

# Typed as it is: a capital letter, a correction or a red line under it would be wrong.
_VERBATIM: Attributes = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false"}

USERNAME: Attributes = {"autocomplete": "username", "size": 32, **_VERBATIM}
EMAIL: Attributes = {"autocomplete": "email", "inputmode": "email", "size": 64, **_VERBATIM}
CURRENT_PASSWORD: Attributes = {"autocomplete": "current-password", "size": 32, **_VERBATIM}
NEW_PASSWORD: Attributes = {"autocomplete": "new-password", "size": 32, **_VERBATIM}
CODE: Attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "size": 12, **_VERBATIM}
# What a user calls something of theirs.
NAME: Attributes = {"autocomplete": "off", "size": 32, "spellcheck": "false"}


def describe_inputs(form: forms.BaseForm, **inputs: Attributes) -> None:
    """Give these fields of a form their attributes, in place of others; Enter in the last of them sends the form."""
    for name, attributes in inputs.items():
        form.fields[name].widget.attrs = dict(attributes)
    form.fields[name].widget.attrs["enterkeyhint"] = "go"
