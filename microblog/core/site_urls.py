"""URLs of the site's own pages."""

import unicodedata

from allauth.core import context
from django.conf import settings
from django.utils.http import MAX_URL_LENGTH, url_has_allowed_host_and_scheme

from microblog.core.performance.urls import cached_reverse


def absolute_url(name: str, *args: str | int) -> str:
    """Return the absolute URL of a page, on SITE_URL or else on the host of the current request."""
    path = cached_reverse(name, *args)
    is_relative = context.request is not None and not settings.SITE_URL
    return context.request.build_absolute_uri(path) if is_relative else settings.SITE_URL + path


def is_site_path(url: str | None) -> bool:
    """
    Return whether a redirect to this URL stays on the site: it has no scheme and no host.

    The URL must not contain backslashes, which browsers treat as slashes, or tabs and line breaks, which they remove.
    """
    if not url or not url.startswith("/") or "\\" in url or len(url) > MAX_URL_LENGTH:
        return False
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Zs") for character in url):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=None)
