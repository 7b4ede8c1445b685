"""The base of all API views, and the views of the API itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.http import Http404, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, views
from rest_framework.request import Request
from rest_framework.response import Response

from api import limits
from api.errors import NotAllowed, Refused
from api.idempotency import run_once
from api.pagination import MAX_LIMIT
from api.schema import INSTANCE_EXAMPLE, InstanceSerializer, get_schema, operation
from microblog.core.allauth_internals import get_ip
from microblog.core.performance.urls import cached_reverse
from microblog.core.problems import problem_type

# Bytes of a body; the longest post in the longest script is a tenth of it.
MAX_BODY = 256 * 1024
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Endpoint(views.APIView):
    """
    The base of all API views.

    Authenticate and count each request first. Methods other than `open_methods` require a token, and those other than
    `read_only_methods` one that is not read-only.
    """

    # Methods that require no token.
    open_methods: ClassVar[tuple[str, ...]] = ()
    # Scopes of API_RATE_LIMITS in which methods are counted in addition to the general ones.
    limited: ClassVar[Mapping[str, str]] = {}
    # Methods that a read-only token may use.
    read_only_methods: ClassVar[tuple[str, ...]] = SAFE_METHODS
    # Whether a POST accepts an `Idempotency-Key`; then `read_again` represents what the first request created.
    is_idempotent = True
    # Members of such a body that are left out of the stored hash.
    secret_members: ClassVar[tuple[str, ...]] = ()
    # Whether the response to a GET has an ETag, and a write checks `If-Match`.
    has_etag = False
    # Statuses of errors in addition to those that are common to all such requests.
    other_errors: ClassVar[frozenset[int]] = frozenset()

    usage: limits.Usage | None = None
    # The client whose requests are counted: the id of the user, or an IP address.
    client = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check method, token, rate limits and size of the body, in the order that is most useful to clients."""
        method = request.method or ""
        renderer = self.get_renderers()[0]
        request.accepted_renderer, request.accepted_media_type = renderer, renderer.media_type
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            # After a redirect, a program would continue to send its token unencrypted.
            raise Refused("use HTTPS: what is sent without it can be read on the way", HTTPStatus.FORBIDDEN)
        if method.lower() not in self.http_method_names or not hasattr(self, method.lower()):
            request.authenticators = []
            self.count(request, method)
            raise exceptions.MethodNotAllowed(method)
        try:
            self.perform_authentication(request)
        finally:
            self.count(request, method)
        if method == "OPTIONS":
            return
        if request.user.pk is None and method not in self.open_methods:
            raise exceptions.NotAuthenticated
        if request.auth is not None and request.auth.is_read_only and method not in self.read_only_methods:
            raise NotAllowed("this token is for reading only")
        if _length(request) > MAX_BODY:
            raise Refused(f"the body is larger than {MAX_BODY} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is not None and method == "POST" and self.is_idempotent:
            # The framework looks up the handler of the POST next.
            self.post: Any = partial(self.post_once, key, self.post)

    def post_once(
        self, key: str, post: Callable[..., Response], request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        """Return the response to a POST, or replay that to the first one with its key, errors included."""

        def work() -> Response:
            try:
                return post(request, *args, **kwargs)
            except Exception as error:  # noqa: BLE001 - unexpected errors are raised again
                return self.handle_exception(error)

        def read_again(pk: int) -> Any:
            return self.read_again(request, pk)

        return run_once(request, self.client, key, work, read_again, secrets=self.secret_members)

    def read_again(self, request: Request, made: int) -> Any:
        """Represent what a POST created, by its id, in its present state; raise Http404 if it was deleted."""
        raise NotImplementedError

    def count(self, request: Request, method: str) -> None:
        """Count the request in all its rate limits; raise Throttled when one is exceeded."""
        if request.user.pk is None:
            self.client = get_ip(request._request)
            usages = [limits.count("address", self.client)]
        else:
            self.client = str(request.user.pk)
            usages = [limits.count("account", self.client)]
            if request.auth is not None:
                usages.append(limits.count("token", request.auth.pk))
        if scope := self.limited.get(method):
            usages.append(limits.count(scope, self.client))
        self.usage = limits.tightest(usages)
        if self.usage.is_exceeded:
            raise exceptions.Throttled(self.usage.resets_in)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the methods of the URL in `Allow`."""
        return Response(status=HTTPStatus.NO_CONTENT)

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.usage is not None:
            for name, value in limits.headers(self.usage).items():
                response.headers[name] = value
        if response.status_code >= 400:
            response.content_type = problem_type(request.path)  # type: ignore[attr-defined] # a Response of the framework's
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization"])
        return response

    def single(self, request: Request, data: Any) -> HttpResponseBase:
        """Return the response with one resource and its ETag, or 304 if the client has this version."""
        etag = etag_of(data)
        response = Response(data, headers={"ETag": etag})
        if request.method not in SAFE_METHODS:
            return response
        return get_conditional_response(request._request, etag=etag, response=response) or response

    def check_unchanged(self, request: Request, represent: Callable[[], Any]) -> None:
        """Raise Refused if the resource has changed since the client read it, by `If-Match`."""
        if "HTTP_IF_MATCH" not in request.META and "HTTP_IF_NONE_MATCH" not in request.META:
            return
        if get_conditional_response(request._request, etag=etag_of(represent())) is not None:
            raise Refused("it has changed since you read it", HTTPStatus.PRECONDITION_FAILED)


class Instance(Endpoint):
    open_methods = ("GET", "HEAD")

    @operation("show_instance", "Show this instance", {200: (InstanceSerializer, INSTANCE_EXAMPLE)})
    def get(self, request: Request) -> Response:
        """The name of the site, its version, limits, rate limits and languages."""
        return Response(
            {
                "name": settings.SITE_NAME,
                "version": settings.VERSION,
                "limits": {
                    "post_characters": settings.POST_MAX_LENGTH,
                    "message_characters": settings.MESSAGE_MAX_LENGTH,
                    "about_me_characters": 140,
                    "entries": MAX_LIMIT,
                    "body_bytes": MAX_BODY,
                    "token_seconds": settings.API_TOKEN_SECONDS,
                },
                "rate_limits": {
                    scope: {"requests": limit.amount, "seconds": limit.seconds}
                    for scope, limit in ((scope, limits.limit(scope)) for scope in settings.API_RATE_LIMITS)
                },
                "languages": [{"code": code, "name": name} for code, name in settings.LANGUAGES],
                "_links": {
                    "self": cached_reverse("api:instance"),
                    "schema": cached_reverse("api:schema"),
                    "docs": cached_reverse("api_docs"),
                    "about": cached_reverse("about"),
                },
            }
        )


@extend_schema(exclude=True)
class Description(Endpoint):
    open_methods = ("GET", "HEAD")

    def get(self, request: Request) -> Response:
        """Return the description of the API (OpenAPI 3.1)."""
        return Response(get_schema(), headers={"Cache-Control": "public, max-age=300"})


@extend_schema(exclude=True)
class NotFound(Endpoint):
    """The response for unknown URLs of the API, whatever the method and the credentials."""

    open_methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    read_only_methods = open_methods

    def perform_authentication(self, request: Request) -> None:
        """Count the request for its token, or for its IP address if it has no valid token."""
        with suppress(exceptions.AuthenticationFailed):
            super().perform_authentication(request)

    def not_found(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise Http404

    get = post = put = patch = delete = not_found


def etag_of(data: Any) -> str:
    """Return the entity tag of a representation."""
    content = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    return f'"{blake2b(content, digest_size=12).hexdigest()}"'


def _length(request: Request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
