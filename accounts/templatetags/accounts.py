"""Tags that show people."""

from functools import lru_cache

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.avatars import GRAVATAR_ORIGIN, gravatar_url
from accounts.models import User
from microblog.core.addresses import address

register = template.Library()


@register.simple_tag(takes_context=True)
def avatar(context: Context, user: User, size: int) -> SafeString:
    """
    Show a person's picture, `size` pixels wide and high.

    The name stands beside it wherever it is used, so it has no text of its own. A picture from Gravatar, which
    its owner asked for, is allowed by this page's content security policy alone.
    """
    if user.avatar_source == User.AvatarSource.GRAVATAR:
        # Twice the size, for dense screens.
        url = gravatar_url(user.email, 2 * size)
        context["request"].image_hosts = {GRAVATAR_ORIGIN}
    else:
        url = address("accounts:avatar", user.pk)
    return _picture(url, size)


@lru_cache(maxsize=2**14)
def _picture(url: str, size: int) -> SafeString:
    return format_html(
        '<img class="mb-avatar" src="{}" width="{}" height="{}" alt="" loading="lazy">', url, size, size
    )


@register.simple_tag
def person_link(user: User) -> SafeString:
    """Name a person, linked to their profile, with the popover that shows them in brief."""
    return _person_link(user.username, user.get_absolute_url(), address("accounts:popup", user.username))


@lru_cache(maxsize=2**14)
def _person_link(username: str, profile_url: str, popover_url: str) -> SafeString:
    return format_html(
        '<span class="user_popup" data-popover-url="{}"><a class="mb-name" href="{}">{}</a></span>',
        popover_url,
        profile_url,
        username,
    )
