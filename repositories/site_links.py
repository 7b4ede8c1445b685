"""Lead links to repositories on GitHub to their pages on this site."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache

from microblog.core.exceptions import DomainError
from microblog.core.links import replaces_links
from repositories.github_urls import parse_repository_url
from repositories.models import Repository

CACHE_KEY = "repositories:pages"
# How long the names of all repositories are cached. Without Redis, other processes keep them until they expire.
SECONDS = 60
# Of safe HTML, where "<" and ">" are escaped in attributes.
_HREF = re.compile(r'(<a\b[^<>]* href=")([^"]*)')


@replaces_links
def link_repositories(safe: str) -> str:
    """Replace the URLs of links to repositories that the site knows. HTML without the server's host costs nothing."""
    host = urlsplit(settings.GITHUB_URL).netloc
    if host not in safe and host not in safe.lower():
        return safe
    return _HREF.sub(lambda link: link[1] + _page_of(link[2]), safe)


def _page_of(href: str) -> str:
    url = html.unescape(href)
    if "#" in url or "?" in url:
        return href  # a part of the page on GitHub, which the page here has not
    try:
        owner, name = parse_repository_url(url)
    except DomainError:
        return href
    pages: dict[str, str] = cache.get_or_set(CACHE_KEY, _read_pages, SECONDS)
    return pages.get(f"{owner}/{name}".lower(), href)


def _read_pages() -> dict[str, str]:
    rows = Repository.objects.only("owner", "name")
    return {row.full_name.lower(): html.escape(row.get_absolute_url()) for row in rows}


def clear_cached_pages() -> None:
    """Forget the cached names, after a repository was added, renamed or removed."""
    cache.delete(CACHE_KEY)
