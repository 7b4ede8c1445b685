"""Access to the details of health checks and to metrics."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

SCHEME = "Bearer "


def can_see_details(request: HttpRequest) -> bool:
    """Return whether the request has MONITORING_TOKEN or comes from staff."""
    given = request.headers.get("Authorization", "")
    if settings.MONITORING_TOKEN and given.startswith(SCHEME):
        return constant_time_compare(given.removeprefix(SCHEME), settings.MONITORING_TOKEN)
    # Requests of monitors are handled before authentication: they have no user.
    user = getattr(request, "user", None)
    return user is not None and user.is_active and user.is_staff
