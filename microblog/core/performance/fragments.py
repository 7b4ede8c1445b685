"""Cached template fragments."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any

from django.forms import BaseForm
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from microblog.core.performance.caching import is_enabled

# Part of the placeholders in cached fragments; no user can write it into a text.
_SECRET = secrets.token_hex(8)


def _placeholder(name: str) -> str:
    return f"{{{name}-{_SECRET}}}"


_TOKEN, _PATH = _placeholder("csrf_token"), _placeholder("path")


def render_cached(
    context: Context, name: str, values: Mapping[str, Hashable], printed: Mapping[str, str] | None = None
) -> SafeString:
    """
    Render a template that depends only on these values, the language, `csrf_token` and `path`.

    A value may be a named tuple, each field of which is always safe HTML or never. Values in `printed` are not part of
    the cached fragment: the template does nothing with them but print them or test whether they are empty.
    """
    printed = printed or {}
    if not is_enabled(name):
        request = context.get("request")
        path = request.get_full_path() if request else ""
        return _render(name, get_language(), str(context.get("csrf_token", "")), path, **values, **printed)
    held = {key: value and _placeholder(key) for key, value in printed.items()} if printed else printed
    text: str = _cached(name, get_language(), _TOKEN, _PATH, **values, **held)
    if _TOKEN in text:
        text = text.replace(_TOKEN, str(context["csrf_token"]))
    if _PATH in text:
        text = text.replace(_PATH, conditional_escape(context["request"].get_full_path()))
    for key, value in printed.items():
        text = text.replace(held[key], conditional_escape(value)) if value else text
    return mark_safe(text)  # noqa: S308 - rendered by a template, and escaped


def render_form(
    context: Context, name: str, form: BaseForm, values: Mapping[str, Hashable], printed: Mapping[str, str]
) -> SafeString:
    """
    Render a template with a form, and otherwise as render_cached() does.

    A form that is unbound and has no initial values is cached. It depends only on its class and these values, apart
    from its `submission_key`.
    """
    if form.is_bound or form.initial or not is_enabled(name):
        return _render(name, get_language(), context["csrf_token"], "", form=form, **values, **printed)
    values = {**values, "form_class": form.__class__}  # type: ignore[dict-item] # classes are hashable
    return render_cached(context, name, values, {**printed, "submission_key": str(uuid.uuid4())})


def _render(
    name: str, language: str | None, csrf_token: str, path: str, form_class: Any = None, **values: Any
) -> SafeString:
    if form_class:
        values["form"] = form_class(initial={"submission_key": values["submission_key"]})
    return render_to_string(name, {**values, "LANGUAGE_CODE": language, "csrf_token": csrf_token, "path": path})


# Typed, because safe HTML equals the same text that is not safe. That is not seen inside of tuples: there, the values
# of one field must be either all safe or all not.
_cached = lru_cache(maxsize=2**13, typed=True)(_render)
