"""The origin of a request: IP address and browser, and the users that signed in with it before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext

from microblog.core.bidi import isolated

if TYPE_CHECKING:
    from accounts.models import User

COOKIE = "__Host-devices" if settings.HTTPS else "devices"
# The longest that browsers keep a cookie.
COOKIE_SECONDS = 400 * 24 * 3600
SALT = "accounts.devices"
# The most users that one cookie lists.
MAX_PEOPLE = 10

USER_AGENT_LENGTH = 200

# The first match wins: most browsers also name the browsers that they descend from.
BROWSERS = [
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|Chromium/|CriOS/"),
    ("Safari", r"Version/.*Safari/"),
]
SYSTEMS = [
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux"),
]


class Origin(NamedTuple):
    """The IP address and user agent of an action; both empty for commands and jobs."""

    ip: str | None = None
    user_agent: str = ""


NO_ORIGIN = Origin()


def origin_of(request: HttpRequest) -> Origin:
    """Return the IP address and user agent of a request; only the configured number of proxies is trusted."""
    user_agent = request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]
    return Origin(get_adapter().get_client_ip(request), user_agent)


def describe(user_agent: str) -> str:
    """Return a description such as "Firefox on Linux", or '' for an unknown user agent."""
    browser, system = (_first_match(names, user_agent) for names in (BROWSERS, SYSTEMS))
    if browser and system:
        return gettext("%(browser)s on %(system)s") % isolated(browser=browser, system=system)
    # Other clients start with their name: curl/8.5.0.
    return browser or system or user_agent.partition("/")[0].strip()[:40]


def _first_match(names: list[tuple[str, str]], user_agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), "")


def is_known_device(request: HttpRequest, user: User) -> bool:
    """Tell whether the user has signed in with this browser before, by its signed cookie."""
    return user.pk in _people_of(request)


def is_latest_user(request: HttpRequest, user: User) -> bool:
    """Tell whether no other user was the last to sign in with this browser, by its signed cookie."""
    return _people_of(request)[:1] in ([], [user.pk])


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Set the signed cookie that proves that the user has signed in with this browser."""
    people = [user.pk, *(pk for pk in _people_of(request) if pk != user.pk)]
    response.set_cookie(
        COOKIE,
        signing.dumps(people[:MAX_PEOPLE], salt=SALT),
        max_age=COOKIE_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _people_of(request: HttpRequest) -> list[int]:
    try:
        people: list[int] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_SECONDS)
    except signing.BadSignature:
        return []
    return people
