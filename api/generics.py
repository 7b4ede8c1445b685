"""Generic views of the API, on those of the framework; REST_FRAMEWORK in the settings names their default classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions, generics, mixins, views
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Refused
from api.idempotency import IdempotencyMixin
from api.throttling import Usage

# Bytes of a body, but for views of longer texts; the longest post in the longest script is a tenth of it.
MAX_BODY = 256 * 1024


class APIView(views.APIView):
    """Count each request once it is authenticated, also if that fails, then check method, permissions and size."""

    # Scopes of API_RATE_LIMITS in which methods are counted in addition to the general ones.
    throttle_scopes: ClassVar[Mapping[str, str]] = {}
    # Statuses of errors in addition to those that are common to all such requests, for the description.
    other_errors: ClassVar[frozenset[int]] = frozenset()
    max_body: ClassVar[int] = MAX_BODY
    # The usage that the headers describe.
    usage: Usage | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            # After a redirect, a program would continue to send its token unencrypted.
            raise Refused("use HTTPS: what is sent without it can be read on the way", HTTPStatus.FORBIDDEN)
        super().initial(request, *args, **kwargs)
        if _length(request) > self.max_body:
            raise Refused(f"the body is larger than {self.max_body} bytes", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        finally:
            super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Do nothing: perform_authentication() has counted the request."""

    def check_permissions(self, request: Request) -> None:
        method = request.method.lower()
        if method not in self.http_method_names or not hasattr(self, method):
            raise exceptions.MethodNotAllowed(request.method)
        if request.method != "OPTIONS":
            super().check_permissions(request)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the methods of the URL in `Allow`."""
        return Response(status=HTTPStatus.NO_CONTENT)

    def finalize_response(self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Any:
        if self.usage is not None:
            self.headers |= self.usage.headers()
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization"])
        return response


class ToggleAPIView(APIView):
    """Something about the object of the URL, such as a follow, that PUT creates and DELETE ends."""

    # Services that do so.
    create: Callable[..., Any]
    end: Callable[..., Any]

    def get_object(self, request: Request, pk: int) -> Any:
        raise NotImplementedError

    def put(self, request: Request, pk: int) -> Response:
        return self.change(request, pk, self.create)

    def delete(self, request: Request, pk: int) -> Response:
        return self.change(request, pk, self.end)

    def change(self, request: Request, pk: int, service: Callable[..., Any]) -> Response:
        service(self.get_object(request, pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class GenericAPIView(APIView, generics.GenericAPIView):
    """A view of a resource, whose output `serializer_class` represents and whose input another class validates."""

    input_serializer_class: ClassVar[Any] = None

    def validated(self, instance: Any = None) -> dict[str, Any]:
        """Return the data of the body, which is ignored without an input serializer; raise ValidationError."""
        if self.input_serializer_class is None:
            return {}
        body = self.input_serializer_class(instance, data=self.request.data)
        body.is_valid(raise_exception=True)
        data: dict[str, Any] = body.validated_data
        return data


class ListAPIView(GenericAPIView, generics.ListAPIView):
    """A list, whose queryset may also be a function as its `pagination_class` describes it."""


class RetrieveAPIView(GenericAPIView, generics.RetrieveAPIView):
    """A single resource."""


class CreateModelMixin(IdempotencyMixin, mixins.CreateModelMixin):
    """Create an object from the validated data, once for each `Idempotency-Key`."""

    success_status: ClassVar[HTTPStatus] = HTTPStatus.CREATED

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        represented = self.represent(self.perform_create(self.validated()))
        return Response(represented, status=self.success_status, headers=self.get_success_headers(represented))

    def perform_create(self, data: dict[str, Any]) -> Any:
        """Create and return the object."""
        raise NotImplementedError

    def get_success_headers(self, data: Any) -> dict[str, str]:
        return {"Location": data["_links"]["self"]} if "_links" in data else {}

    def get_created(self, pk: int) -> Any:
        return get_object_or_404(self.get_queryset(), pk=pk)

    def represent(self, instance: Any) -> Any:
        """Return the representation of a created object."""
        return self.get_serializer(instance).data


class CreateAPIView(CreateModelMixin, GenericAPIView):
    """A collection to which objects can be added."""


def _length(request: Request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
