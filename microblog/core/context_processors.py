"""The context of every template."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from microblog.core.requests import is_frozen

THEMES = ("auto", "light", "dark")


def site(request: HttpRequest) -> dict[str, Any]:
    """
    Return the variables of the page layout: names, languages, the theme, and whether it is for files.

    The theme is that of the account, or of the cookie for anonymous visitors.
    """
    user = getattr(request, "user", None)
    theme = (
        user.theme if user is not None and user.is_authenticated else request.COOKIES.get(settings.THEME_COOKIE_NAME)
    )
    return {
        "site_name": settings.SITE_NAME,
        "operator_name": settings.OPERATOR_NAME,
        "languages": tuple(settings.LANGUAGES),
        "is_frozen": is_frozen(request),
        "theme": theme if theme in THEMES else "auto",
    }
