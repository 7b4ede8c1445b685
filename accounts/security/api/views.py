"""API views of tokens."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.security.api.authentication import CODE_PARAMETER, PasswordAuthentication, TokenAuthentication
from accounts.security.api.serializers import NewTokenInput, NewTokenSerializer, TokenSerializer
from accounts.security.devices import describe, origin_of
from accounts.security.models import ApiToken
from accounts.security.services import make_token, revoke_token
from api.generics import APIView, ListAPIView
from api.pagination import NumberedPagination
from api.parsers import EmptyBodyParser, JSONParser


@extend_schema_view(
    get=extend_schema(
        operation_id="list_tokens", summary="List your tokens", description="Active tokens, the newest first."
    )
)
class Tokens(ListAPIView):
    parser_classes = [JSONParser, EmptyBodyParser]
    # A read-only token may revoke itself.
    permission_classes = [IsAuthenticated]
    pagination_class = NumberedPagination
    serializer_class = TokenSerializer
    input_serializer_class = NewTokenInput

    def get_authenticators(self) -> list[Any]:
        makes_one = self.request is not None and self.request.method == "POST"
        return [PasswordAuthentication() if makes_one else TokenAuthentication()]

    def get_queryset(self) -> QuerySet[ApiToken]:
        return self.request.user.api_tokens.live().order_by("-pk")

    # Not idempotent: a stored response would hold the token.
    @extend_schema(
        operation_id="make_token",
        summary="Create a token",
        responses={200: NewTokenSerializer},
        parameters=[CODE_PARAMETER],
    )
    def post(self, request: Request) -> Response:
        """Sign in with your username or email address and your password."""
        data = self.validated()
        _token, secret = make_token(
            request.user,
            name=data.get("name") or describe(request.META.get("HTTP_USER_AGENT", "")) or "API",
            lifetime=timedelta(seconds=data.get("lifetime", settings.API_TOKEN_SECONDS)),
            is_read_only=data["read_only"],
            origin=origin_of(request._request),
        )
        return Response({"token": secret}, headers={"Cache-Control": "no-store"})

    @extend_schema(operation_id="revoke_this_token", summary="Revoke the token in use")
    def delete(self, request: Request) -> Response:
        """Revoke the token that this request is sent with."""
        revoke_token(request.auth, origin=origin_of(request._request))
        return Response(status=HTTPStatus.NO_CONTENT)


class OneToken(APIView):
    @extend_schema(operation_id="revoke_token", summary="Revoke a token")
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke one of your tokens, by its id."""
        token = get_object_or_404(request.user.api_tokens, pk=pk)
        revoke_token(token, origin=origin_of(request._request))
        return Response(status=HTTPStatus.NO_CONTENT)
