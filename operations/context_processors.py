"""The state of the site for every page."""

from typing import Any

from django.http import HttpRequest

from operations.health import consequences


def degraded(request: HttpRequest) -> dict[str, Any]:
    """Provide the consequences of degraded components, in sentences for users."""
    return {"consequences": consequences()}
