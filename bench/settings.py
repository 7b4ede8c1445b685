"""The site's settings for measurements, and how what stands on them is called."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from importlib import import_module

import django

from scripts.suite import environment

HOST = "127.0.0.1"


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


def call(module: str, settings: Mapping[str, str], *arguments: str) -> int:
    """Call the main function of a module with settings, in this process; return its exit status."""
    os.environ.update(settings, DJANGO_SETTINGS_MODULE="microblog.settings")
    django.setup()
    status: int = import_module(module).main(*arguments)
    return status
