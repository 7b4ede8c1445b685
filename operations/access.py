"""Who may see how the site does inside."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

SCHEME = "Bearer "


def may_see_details(request: HttpRequest) -> bool:
    """Tell whether a monitor holds MONITORING_TOKEN, or a person is staff."""
    given = request.headers.get("Authorization", "")
    if settings.MONITORING_TOKEN and given.startswith(SCHEME):
        return constant_time_compare(given.removeprefix(SCHEME), settings.MONITORING_TOKEN)
    # A monitor without a session is answered before anybody asked who it is.
    user = getattr(request, "user", None)
    return user is not None and user.is_active and user.is_staff
