"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """
    Provide what the frame of every page shows: names, languages, the reader's theme.

    The theme is the account's, or the cookie's for anonymous visitors.
    """
    user = getattr(request, "user", None)
    theme = (
        user.theme if user is not None and user.is_authenticated else request.COOKIES.get(settings.THEME_COOKIE_NAME)
    )
    return {
        "site_name": settings.SITE_NAME,
        "operator_name": settings.OPERATOR_NAME,
        "languages": tuple(settings.LANGUAGES),
        "theme": theme if theme in THEMES else "auto",
    }
