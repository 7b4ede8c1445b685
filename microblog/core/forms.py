"""The layout of the site's forms."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit


def form_helper(label: Any) -> FormHelper:
    """Return the layout of a form that posts to the URL of its page, with one button with this label."""
    helper = FormHelper()
    helper.form_action = ""
    helper.add_input(Submit("submit", label))
    return helper
