"""Template tags that show users."""

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.avatars import GRAVATAR_ORIGIN, gravatar_url
from accounts.models import User
from microblog.core.performance.caching import cached
from microblog.core.performance.urls import cached_reverse
from microblog.core.requests import is_frozen

register = template.Library()


@register.simple_tag(takes_context=True)
def avatar(context: Context, user: User, size: int) -> SafeString:
    """
    Show a user's picture, `size` pixels wide and high.

    It has no text alternative, because the username is always next to it. For a picture from Gravatar, the content
    security policy of this page allows its host.
    """
    request = context.get("request")
    if user.avatar_source == User.AvatarSource.GRAVATAR and request and not is_frozen(request):
        # Twice the size, for dense screens.
        url = gravatar_url(user.shown_email, 2 * size)
        request.image_hosts = {GRAVATAR_ORIGIN}
    else:
        url = cached_reverse("accounts:avatar", user.pk)
    return _image(url, size)


@cached(2**13)
def _image(url: str, size: int) -> SafeString:
    return format_html(
        '<img class="mb-avatar" src="{}" width="{}" height="{}" alt="" loading="lazy">', url, size, size
    )
