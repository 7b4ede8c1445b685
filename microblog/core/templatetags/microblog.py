"""Template tags of the whole site."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.forms import BaseForm
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from microblog.core.links import link_urls, link_within_site
from microblog.core.performance.caching import cached
from microblog.core.performance.fragments import render_cached, render_form
from microblog.core.settings_pages import GROUPS, SUSPENDED_GROUPS

register = template.Library()

register.filter("link_urls", link_urls)
register.filter("link_within_site", link_within_site)

# Icons that point along the direction of text.
POINTING_ICONS = {"back", "forward", "list", "logout", "quote"}


@register.simple_tag
def timestamp(value: datetime, style: str = "relative") -> SafeString:
    """
    Render a time, in the reader's time zone, for machines and for browsers without scripts.

    `style` is the format that the script renders: "relative" ("7 hours ago") or "full".
    """
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" data-time="{}">{}</time>',
        value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        style,
        f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}",
    )


@register.simple_tag
@cached(128)
def icon(name: str) -> SafeString:
    """Render an icon of the site's sprite, mirrored in right-to-left pages if it points; it needs text next to it."""
    return format_html(
        '<svg class="mb-icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        " mb-icon--pointing" if name in POINTING_ICONS else "",
        static("microblog/img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def include_cached(context: Context, name: str, **values: str | int | bool) -> SafeString:
    """
    Include a template that depends only on these values, the language, `csrf_token` and `path`, the URL of the page.

    It is rendered once for all requests in which these are equal.
    """
    return render_cached(context, name, values)


@register.simple_tag(takes_context=True)
def composer(
    context: Context, form: BaseForm, max_length: int, picture: str = "", draft: str | int = "", cancel_url: str = ""
) -> SafeString:
    """Render the form of a post or message, cached while it is empty."""
    values, printed = {"max_length": max_length, "picture": picture}, {"draft": str(draft), "cancel_url": cancel_url}
    return render_form(context, "includes/_composer.html", form, values, printed)


@register.inclusion_tag("includes/_settings_list.html", takes_context=True)
def settings_list(context: Context) -> dict[str, Any]:
    """Render the navigation of Settings, with the current page marked."""
    groups = SUSPENDED_GROUPS if context["user"].suspended_at else GROUPS
    return {"groups": groups, "current": context["request"].resolver_match.view_name}
