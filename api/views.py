"""The views of the API itself."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api import throttling
from api.generics import MAX_BODY, APIView
from api.pagination import MAX_LIMIT
from api.schema import get_schema
from microblog.core.performance.urls import cached_reverse


class LimitsSerializer(serializers.Serializer):
    post_characters = serializers.IntegerField(initial=140)
    message_characters = serializers.IntegerField(initial=140)
    about_me_characters = serializers.IntegerField(initial=140)
    entries = serializers.IntegerField(
        initial=MAX_LIMIT, help_text="The largest page size, for `limit` and `per_page`."
    )
    body_bytes = serializers.IntegerField(initial=MAX_BODY)
    token_seconds = serializers.IntegerField(initial=3600, help_text="The default lifetime of a new token.")


class RateSerializer(serializers.Serializer):
    requests = serializers.IntegerField()
    seconds = serializers.IntegerField()


class LanguageSerializer(serializers.Serializer):
    code = serializers.CharField(initial="es")
    name = serializers.CharField(initial="Español")


class InstanceLinksSerializer(serializers.Serializer):
    self = serializers.CharField(initial="/api/instance")
    schema = serializers.CharField(initial="/api/schema")
    docs = serializers.CharField(initial="/api/docs")
    about = serializers.CharField(initial="/about")


class InstanceSerializer(serializers.Serializer):
    name = serializers.CharField(initial="Microblog")
    version = serializers.CharField(initial="1.0.0")
    limits = LimitsSerializer()
    rate_limits = serializers.DictField(child=RateSerializer(), initial={"token": {"requests": 300, "seconds": 300}})
    languages = LanguageSerializer(many=True)
    _links = InstanceLinksSerializer()


class Instance(APIView):
    permission_classes = [AllowAny]
    serializer_class = InstanceSerializer

    @extend_schema(operation_id="show_instance", summary="Show this instance")
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
                    for scope, limit in ((scope, throttling.limit(scope)) for scope in settings.API_RATE_LIMITS)
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
class Description(APIView):
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        """Return the description of the API (OpenAPI 3.1)."""
        return Response(get_schema(), headers={"Cache-Control": "public, max-age=300"})


@extend_schema(exclude=True)
class NotFound(APIView):
    """The response for unknown URLs of the API, whatever the method and the credentials."""

    permission_classes = [AllowAny]

    def perform_authentication(self, request: Request) -> None:
        """Count the request for its token, or for its IP address if it has no valid token."""
        with suppress(exceptions.AuthenticationFailed):
            super().perform_authentication(request)

    def not_found(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise Http404

    get = post = put = patch = delete = not_found
