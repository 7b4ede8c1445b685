"""Tags that every template may use."""

from datetime import UTC, datetime, timedelta
from datetime import timezone as tz
from functools import cache, lru_cache

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


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
    """Draw an icon of the site's sprite; the text beside it says what it means."""
    return format_html(
        '<svg class="mb-icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("microblog/img/icons.svg"),
        name,
    )
