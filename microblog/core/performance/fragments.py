"""Cached template fragments."""

from __future__ import annotations

import secrets
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django.forms import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from microblog.core.performance.caching import is_enabled

# Placeholders in a cached fragment for values of each request; no user can write them into a text.
_TOKEN, _PATH = (f"{{{name}-{secrets.token_hex(8)}}}" for name in ("csrf-token", "path"))

_FIELDS = "empty form fields"
_fields: dict[Hashable, SafeString] = {}


def render_cached(context: Context, name: str, values: Mapping[str, Hashable]) -> SafeString:
    """
    Render a template that depends only on these values, the language, `csrf_token` and `path`.

    A value may be a named tuple, each field of which is always safe HTML or never.
    """
    if not is_enabled(name):
        return _render(name, get_language(), context["csrf_token"], context["request"].get_full_path(), **values)
    text: str = _cached(name, get_language(), _TOKEN, _PATH, **values)
    if _TOKEN in text:
        text = text.replace(_TOKEN, str(context["csrf_token"]))
    if _PATH in text:
        text = text.replace(_PATH, escape(context["request"].get_full_path()))
    return mark_safe(text)  # noqa: S308 - rendered by a template, and escaped


def render_field(field: BoundField) -> SafeString:
    """Render a field as crispy does; empty fields of unbound forms are cached."""
    if field.form.is_bound or field.initial or not is_enabled(_FIELDS):
        return as_crispy_field(field)
    key = (field.form.__class__, field.html_name, str(field.help_text), str(field.field.widget.attrs), get_language())
    if key not in _fields:
        _fields[key] = as_crispy_field(field)
    return _fields[key]


def _render(name: str, language: str, csrf_token: str, path: str, **values: Any) -> SafeString:
    return render_to_string(name, {**values, "LANGUAGE_CODE": language, "csrf_token": csrf_token, "path": path})


# Typed, because safe HTML equals the same text that is not safe. That is not seen inside of tuples: there, the values
# of one field must be either all safe or all not.
_cached = lru_cache(maxsize=2**13, typed=True)(_render)
