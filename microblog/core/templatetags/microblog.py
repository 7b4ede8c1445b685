"""Tags that every template may use."""

from collections.abc import Hashable
from datetime import UTC, datetime, timedelta
from datetime import timezone as tz
from functools import cache, lru_cache

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import template
from django.forms import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from microblog.core.links import link_urls

register = template.Library()

register.filter("link_urls", link_urls)

# Where they point is along the lines of text.
POINTING_ICONS = {"back", "forward", "logout"}

_EMPTY_FIELDS: dict[Hashable, SafeString] = {}

# What stands in a remembered text where each request has something of its own.
_TOKEN, _PATH = "{csrf-token}", "{path}"


@register.simple_tag
def timestamp(value: datetime, style: str = "relative") -> SafeString:
    """
    Write a time for machines and for readers without scripts, in the reader's zone where the account names one.

    `style` tells the script in the browser how to show it: "relative" ("7 hours ago") or "full".
    """
    local = timezone.localtime(value)
    return _time(value, style, local.utcoffset(), local.tzname(), get_language())


@lru_cache(maxsize=2**14)
def _time(value: datetime, style: str, offset: timedelta, zone: str, _language: str) -> SafeString:
    text = f"{date_format(value.astimezone(tz(offset)), 'DATETIME_FORMAT')} {zone}"
    return format_html(
        '<time datetime="{}" data-time="{}" title="{}">{}</time>',
        value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        style,
        text,
        text,
    )


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """Draw an icon of the site's sprite, mirrored in right-to-left pages if it points; text next to it names it."""
    return format_html(
        '<svg class="mb-icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        " mb-icon--pointing" if name in POINTING_ICONS else "",
        static("microblog/img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def include_remembered(context: Context, name: str, **values: str | int | bool) -> SafeString:
    """
    Include a template that depends on nothing but these values, the language, `csrf_token` and `path`.

    It is rendered once for all requests in which they are the same; `path` is the address of the page.
    """
    text = _remembered(name, get_language(), **values)
    if _TOKEN in text:
        text = text.replace(_TOKEN, str(context["csrf_token"]))
    if _PATH in text:
        text = text.replace(_PATH, escape(context["request"].get_full_path()))
    return mark_safe(text)  # noqa: S308 - rendered by a template, and escaped


@register.filter
def as_field(field: BoundField) -> SafeString:
    """Show a field as crispy does; an empty one of a form that nobody has sent is rendered once."""
    if field.form.is_bound or field.initial:
        return as_crispy_field(field)
    key = (field.form.__class__, field.html_name, str(field.help_text), str(field.field.widget.attrs), get_language())
    if key not in _EMPTY_FIELDS:
        _EMPTY_FIELDS[key] = as_crispy_field(field)
    return _EMPTY_FIELDS[key]


# Typed, because a text that is safe HTML equals one that is not.
@lru_cache(maxsize=2**13, typed=True)
def _remembered(name: str, language: str, **values: str | int | bool) -> str:
    return render_to_string(name, {**values, "LANGUAGE_CODE": language, "csrf_token": _TOKEN, "path": _PATH})
