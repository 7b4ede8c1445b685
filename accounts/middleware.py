"""What is noted and set up for each request of somebody signed in."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control

from accounts.models import User

LAST_SEEN_EVERY = timedelta(minutes=1)


def viewer(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Note when the person was last seen, at most once a minute, and show times in the zone they chose."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return get_response(request)
        now = timezone.now()
        if user.last_seen < now - LAST_SEEN_EVERY:
            User.objects.filter(pk=user.pk).update(last_seen=now)
            user.last_seen = now
        with timezone.override(ZoneInfo(user.time_zone) if user.time_zone else None):
            response = get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return middleware
