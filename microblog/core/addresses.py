"""Addresses of pages, remembered: every row of a list needs several, and reversing one costs 20 microseconds."""

import unicodedata
from functools import lru_cache

from allauth.core import context
from django.conf import settings
from django.urls import get_script_prefix, reverse
from django.utils.http import MAX_URL_LENGTH, url_has_allowed_host_and_scheme


def address(name: str, *args: str | int) -> str:
    """Return what `reverse(name, args=args)` returns."""
    return _reverse(get_script_prefix(), name, args)


def absolute_address(name: str, *args: str | int) -> str:
    """Return the absolute URL, for a client of the current request; where SITE_URL is empty, on the host it names."""
    path = address(name, *args)
    return settings.SITE_URL + path if settings.SITE_URL else context.request.build_absolute_uri(path)


@lru_cache(maxsize=2**16)
def _reverse(_prefix: str, name: str, args: tuple[str | int, ...]) -> str:
    return reverse(name, args=args)


def is_site_path(url: str | None) -> bool:
    """
    Tell whether a browser that is sent to this address stays on the site: nothing but a path, and what follows it.

    Browsers take a backslash for a slash and leave out tabs and line ends, so that none of these may stand in it.
    """
    if not url or not url.startswith("/") or "\\" in url or len(url) > MAX_URL_LENGTH:
        return False
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Zs") for character in url):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=None)
