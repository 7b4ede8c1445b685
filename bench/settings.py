"""The site's settings for measurements."""

from __future__ import annotations

import secrets

from scripts.processes import HOST
from scripts.suite import environment


def production(database_url: str, **more: str) -> dict[str, str]:
    """Return an environment with settings as in production but for HTTPS, whatever the caller's says."""
    settings = {
        "CONFIGURATION": "production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": HOST,
        "HTTPS": "0",
        "LOG_TO_STDOUT": "1",
        # Few accounts write much here.
        **dict.fromkeys(("RATE_LIMIT_POST", "RATE_LIMIT_EDIT", "RATE_LIMIT_FOLLOW"), "100000/s/user"),
    }
    return environment(database_url) | settings | more
