"""Middleware that separates the API from the pages."""

from collections.abc import Callable

from allauth.core.context import request_context
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve
from rest_framework.response import Response

from api.views import Endpoint

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def dispatch_api_requests(get_response: GetResponse) -> GetResponse:
    """
    Call the views of the API here, without the middleware for sessions, CSRF tokens and messages.

    So a cookie can never authenticate a request of the API, and no work for pages is done.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        match = resolve(request.path_info)
        if not issubclass(getattr(match.func, "cls", object), Endpoint):
            return get_response(request)  # a page about the API
        request.resolver_match = match
        request.user = AnonymousUser()
        with request_context(request):
            response = match.func(request, *match.args, **match.kwargs)
            return response.render() if isinstance(response, Response) else response

    return middleware
