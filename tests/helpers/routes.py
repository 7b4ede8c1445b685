"""The routes of the site's pages, read from the URLconf, each with a URL of an existing object."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, get_resolver, reverse

# Prefix of a redirect to sign-in and back.
SIGN_IN = "/auth/login?next="
# The public pages.
PUBLIC = {
    "about",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_reset_password",
    "account_reset_password_from_key",
    "account_signup",
    "accounts:avatar",
    "api_docs",
    "change_password",
    "entries:author",
    "entries:detail",
    "entries:author_feed",
    "entries:list",
    "entries:tag",
    "entries:tag_feed",
    "latest",
    "livez",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "readyz",
    "robots_txt",
    "security_txt",
    "sitemap",
    "sitemap_section",
    "snippets:author",
    "snippets:detail",
    "snippets:list",
    "status",
}


def site_routes(patterns: Any = None, prefix: str = "", namespace: str = "") -> Iterator[tuple[str, URLPattern, str]]:
    """Yield (name, pattern, path) of every page but the admin's."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            name = f"{namespace}:{entry.name}" if namespace else entry.name
            yield name, entry, "/" + path
        elif entry.namespace not in ("admin", "api"):
            yield from site_routes(entry.url_patterns, path, entry.namespace or namespace)


def urls(pk: int = 1) -> dict[str, str]:
    """Return a URL of each route by its name, for the user "ana", the slug and name "lisbon" and a primary key."""
    arguments = {"username": "ana", "pk": pk, "key": "nonsense", "slug": "lisbon", "section": "entries"}
    arguments |= {"owner": "octocat", "name": "lisbon"}
    return {
        name: reverse(name, kwargs={key: arguments[key] for key in pattern.pattern.converters})
        for name, pattern, _path in site_routes()
    }
