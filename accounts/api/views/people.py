"""API views of users and sign-up."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import ChangesInput, NewUserInput, UserSerializer
from accounts.api.users import get_visible_user, visible_users
from accounts.api.views.account import (
    TAKEN_EMAIL,
    TAKEN_USERNAME,
    change_account,
    read_changes,
    refuse_taken,
)
from accounts.models import User
from accounts.population import count_people
from accounts.security.api.authentication import CODE_PARAMETER
from accounts.services import EmailTaken, UsernameTaken, sign_up_user
from api.conditions import ETagMixin
from api.errors import Refused
from api.generics import CreateModelMixin, GenericAPIView, ListAPIView
from api.pagination import NumberedPagination
from api.parsers import EmptyBodyParser, JSONParser
from api.permissions import HasWriteScope
from api.throttling import throttle
from microblog.core.pagination import Span
from microblog.core.performance.queries import compiled
from microblog.core.requests import accepted_language

MUST_INCLUDE = "must include username, email and password fields"


@compiled
def _visible_people(viewer: User, span: Span) -> QuerySet[User]:
    return visible_users(viewer).order_by("pk")[slice(*span)]


@extend_schema_view(
    get=extend_schema(
        operation_id="list_users",
        summary="List users",
        description="Users are listed in the order in which they joined.",
    ),
    post=extend_schema(
        operation_id="register",
        summary="Register an account",
        description="You can request a token for the new account at once.",
    ),
)
class Users(CreateModelMixin, ListAPIView):
    throttle_scopes = {"POST": "signup"}
    secret_members = ("password",)
    parser_classes = [JSONParser, EmptyBodyParser]
    pagination_class = NumberedPagination
    serializer_class = UserSerializer
    input_serializer_class = NewUserInput

    def get_permissions(self) -> list[Any]:
        return [AllowAny(), HasWriteScope()] if self.request.method == "POST" else super().get_permissions()

    def get_queryset(self) -> Any:
        return partial(_visible_people, self.request.user)

    def get_total(self) -> int:
        return count_people(self.request.user)

    def validated(self, instance: Any = None) -> dict[str, Any]:
        data = self.request.data
        if any(name not in data for name in ("username", "email", "password")):
            raise Refused(MUST_INCLUDE)
        refuse_taken(data)
        return super().validated()

    def perform_create(self, data: dict[str, Any]) -> User:
        throttle(self.request, "confirm_email", data["email"])
        try:
            return sign_up_user(**data, language=accepted_language(self.request))
        except UsernameTaken as error:
            raise Refused(TAKEN_USERNAME) from error
        except EmailTaken as error:
            raise Refused(TAKEN_EMAIL) from error

    def get_created(self, pk: int) -> User:
        return get_object_or_404(User, pk=pk)

    def represent(self, instance: User) -> dict[str, Any]:
        return {**super().represent(instance), "about_me": instance.written_about_me}


class OneUser(ETagMixin, GenericAPIView):
    parser_classes = [JSONParser, EmptyBodyParser]
    serializer_class = UserSerializer
    input_serializer_class = ChangesInput

    @extend_schema(operation_id="show_user", summary="Show a user")
    def get(self, request: Request, pk: int) -> Response:
        """`email` is included only for your own account."""
        return Response(self.get_serializer(get_visible_user(request.user, pk)).data)

    @extend_schema(operation_id="change_user", summary="Change your account", parameters=[CODE_PARAMETER])
    def put(self, request: Request, pk: int) -> Response:
        """
        Members that you leave out keep their values.

        A new email address requires `current_password`, and takes effect when you open the link that is mailed to it.
        """
        get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        if pk != request.user.pk:
            raise PermissionDenied("you can change only your own account")
        changes = read_changes(self)
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=pk)
            self.check_unchanged(user)
            change_account(user, changes)
        return Response(self.get_serializer(user).data)
