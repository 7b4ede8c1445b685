"""Middleware of the API, and of images."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase

from microblog.core.performance.urls import cached_reverse

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def ignore_session(get_response: GetResponse) -> GetResponse:
    """
    Ignore the user of the session in the API, where only tokens authenticate, and for avatars, the same for all.

    So the middleware after it, which is for pages, neither loads the session nor acts on its user.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(("/api/", "/avatar/")) and request.path_info != cached_reverse("api_docs"):
            request.user = AnonymousUser()
        return get_response(request)

    return middleware
