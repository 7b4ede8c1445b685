"""Where a request comes from: its address, its browser, and whether somebody signed in there before."""

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
# People whom one browser remembers.
MAX_PEOPLE = 10

USER_AGENT_LENGTH = 200

# Names of makers, first match wins: most browsers also carry the names of those they descend from.
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
    """Where something came from; both empty for what a command or the site itself does."""

    ip: str | None = None
    user_agent: str = ""


NO_ORIGIN = Origin()


def origin_of(request: HttpRequest) -> Origin:
    """Return the address and the browser of a request; only as many proxies are believed as there are."""
    user_agent = request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]
    return Origin(get_adapter().get_client_ip(request), user_agent)


def describe(user_agent: str) -> str:
    """Return a browser in words, such as "Firefox on Linux"; '' when nothing is known of it."""
    browser, system = (_first_match(names, user_agent) for names in (BROWSERS, SYSTEMS))
    if browser and system:
        return gettext("%(browser)s on %(system)s") % isolated(browser=browser, system=system)
    # The first word of other clients says what they are: curl/8.5.0.
    return browser or system or user_agent.partition("/")[0].strip()[:40]


def _first_match(names: list[tuple[str, str]], user_agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), "")


def is_known_device(request: HttpRequest, user: User) -> bool:
    """Tell whether this person has signed in with this browser before, by its signed cookie."""
    return user.pk in _people_of(request)


def is_latest_user(request: HttpRequest, user: User) -> bool:
    """Tell whether nobody else was the last to sign in with this browser, by its signed cookie."""
    return _people_of(request)[:1] in ([], [user.pk])


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Let the browser prove from now on that this person has signed in with it."""
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
