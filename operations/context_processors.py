"""What every page tells about the state of the site."""

from typing import Any

from django.http import HttpRequest

from operations.health import consequences


def degraded(request: HttpRequest) -> dict[str, Any]:
    """Provide what works worse than usual, in sentences for readers."""
    return {"consequences": consequences()}
