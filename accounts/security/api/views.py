"""API views of tokens."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.security.api.authentication import CODE_PARAMETER, PasswordAuthentication, TokenAuthentication
from accounts.security.api.serializers import (
    TOKEN_EXAMPLE,
    NewTokenInput,
    NewTokenSerializer,
    TokenSerializer,
    represent_token,
)
from accounts.security.devices import describe, origin_of
from accounts.security.services import make_token, revoke_token
from api.formats import EmptyBodyParser, JSONParser
from api.pagination import by_number
from api.schema import BY_NUMBER, example_page, numbered, operation
from api.views import Endpoint


class Tokens(Endpoint):
    parser_classes = [JSONParser, EmptyBodyParser]
    read_only_methods = (*Endpoint.read_only_methods, "DELETE")
    # A stored answer would hold the token.
    is_idempotent = False

    def get_authenticators(self) -> list[Any]:
        makes_one = self.request is not None and self.request.method == "POST"
        return [PasswordAuthentication() if makes_one else TokenAuthentication()]

    @operation(
        "list_tokens",
        "List your tokens",
        {200: (numbered(TokenSerializer), example_page("/api/tokens", TOKEN_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request) -> Response:
        """Active tokens, the newest first."""
        live = request.user.api_tokens.live().order_by("-pk")
        return by_number(
            request, lambda span: live[slice(*span)], live.count(), lambda token: represent_token(token, request.auth)
        )

    @operation(
        "make_token",
        "Create a token",
        {200: (NewTokenSerializer, {"token": "mb_TGV0IG1lIGluLCBwbGVhc2Ugc2ly"})},
        takes=(NewTokenInput, {"name": "Backup", "read_only": True, "lifetime": 86400}),
        parameters=[CODE_PARAMETER],
    )
    def post(self, request: Request) -> Response:
        """Sign in with your username or email address and your password."""
        wanted = NewTokenInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        data = wanted.validated_data
        _token, secret = make_token(
            request.user,
            name=data.get("name") or describe(request.META.get("HTTP_USER_AGENT", "")) or "API",
            lifetime=timedelta(seconds=data.get("lifetime", settings.API_TOKEN_SECONDS)),
            is_read_only=data["read_only"],
            origin=origin_of(request._request),
        )
        return Response({"token": secret}, headers={"Cache-Control": "no-store"})

    @operation("revoke_this_token", "Revoke the token in use", {204: (None, None)})
    def delete(self, request: Request) -> Response:
        """Revoke the token that this request is sent with."""
        revoke_token(request.auth, origin=origin_of(request._request))
        return Response(status=HTTPStatus.NO_CONTENT)


class OneToken(Endpoint):
    @operation("revoke_token", "Revoke a token", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke one of your tokens, by its id."""
        token = get_object_or_404(request.user.api_tokens, pk=pk)
        revoke_token(token, origin=origin_of(request._request))
        return Response(status=HTTPStatus.NO_CONTENT)
