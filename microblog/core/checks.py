"""System checks of settings that Django cannot know."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

# The database refuses longer texts whatever the setting says; see `Post.Meta.constraints`.
POST_MAX_LENGTH_CEILING = 5000


@register
def check_settings(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Name each setting whose value the site cannot run with, and the values that it can."""
    errors: list[CheckMessage] = [
        Error(
            f"{name} is {getattr(settings, name)}.",
            hint=f"Set it to a number from 1 to {POST_MAX_LENGTH_CEILING}.",
            id="microblog.E001",
        )
        for name in ("POST_MAX_LENGTH", "MESSAGE_MAX_LENGTH")
        if not 1 <= getattr(settings, name) <= POST_MAX_LENGTH_CEILING
    ]
    if not 1 <= settings.POSTS_PER_PAGE <= 100:
        errors.append(
            Error(
                f"POSTS_PER_PAGE is {settings.POSTS_PER_PAGE}.",
                hint="Set it to a number from 1 to 100.",
                id="microblog.E002",
            )
        )
    return errors
