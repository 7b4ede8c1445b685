"""Middleware for requests of signed-in users."""

from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from accounts.models import User

LAST_SEEN_INTERVAL = timedelta(minutes=1)


GetResponse = Callable[[HttpRequest], HttpResponseBase]


def viewer(get_response: GetResponse) -> GetResponse:
    """Update last_seen at most once a minute, and activate the user's language and time zone."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return get_response(request)
        # Each attribute of the lazy object that Django puts there takes several calls.
        request.user = user = get_user(request)
        now = timezone.now()
        if user.last_seen < now - LAST_SEEN_INTERVAL:
            User.objects.filter(pk=user.pk).update(last_seen=now)
            UserSession.objects.filter(session_key=request.session.stored_key).update(last_seen_at=now)
            user.last_seen = now
        if user.language in dict(settings.LANGUAGES):
            # Not deactivated, so that outer middleware uses it too; the next request activates its own.
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        with timezone.override(user.zone):
            response = get_response(request)
        # Keeps private pages out of shared caches and, after sign-out, from the Back button.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware
