"""API views of users and sign-up."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import (
    USER_EXAMPLE,
    ChangesInput,
    NewUserInput,
    UserSerializer,
    represent_user,
)
from accounts.api.users import get_visible_user, represent_users_to, visible_users
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
from api.errors import NotAllowed, Refused
from api.formats import EmptyBodyParser, JSONParser
from api.limits import throttle
from api.pagination import by_number
from api.schema import BY_NUMBER, example_page, numbered, operation
from api.views import Endpoint
from microblog.core.pagination import Span
from microblog.core.performance.queries import compiled
from microblog.core.performance.urls import cached_reverse
from microblog.core.requests import accepted_language

MUST_INCLUDE = "must include username, email and password fields"


@compiled
def _visible_people(viewer: User, span: Span) -> QuerySet[User]:
    return visible_users(viewer).order_by("pk")[slice(*span)]


class Users(Endpoint):
    open_methods = ("POST",)
    limited = {"POST": "signup"}
    secret_members = ("password",)
    parser_classes = [JSONParser, EmptyBodyParser]

    @operation(
        "list_users",
        "List people",
        {200: (numbered(UserSerializer), example_page("/api/users", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request) -> Response:
        """Users are listed in the order in which they joined."""
        return by_number(
            request, partial(_visible_people, request.user), count_people(request.user), represent_users_to(request)
        )

    @operation(
        "register",
        "Register an account",
        {201: (UserSerializer, USER_EXAMPLE)},
        takes=(NewUserInput, {"username": "susan", "email": "susan@example.com", "password": "measures twice"}),
    )
    def post(self, request: Request) -> Response:
        """No token is required. You can request a token for the new account at once."""
        data = request.data
        if any(name not in data for name in ("username", "email", "password")):
            raise Refused(MUST_INCLUDE)
        refuse_taken(data)
        new = NewUserInput(data=data)
        new.is_valid(raise_exception=True)
        throttle(request, "confirm_email", new.validated_data["email"])
        try:
            user = sign_up_user(**new.validated_data, language=accepted_language(request))
        except UsernameTaken as error:
            raise Refused(TAKEN_USERNAME) from error
        except EmailTaken as error:
            raise Refused(TAKEN_EMAIL) from error
        headers = {"Location": cached_reverse("api:user", user.pk)}
        return Response(_represent_new(user), status=HTTPStatus.CREATED, headers=headers)

    def read_again(self, request: Request, made: int) -> dict[str, Any]:
        return _represent_new(get_object_or_404(User, pk=made))


def _represent_new(user: User) -> dict[str, Any]:
    """Return an account as its owner wrote it; others see about_me once the email address is confirmed."""
    return {**represent_user(user), "about_me": user.pending_about_me or user.about_me}


class OneUser(Endpoint):
    has_etag = True
    parser_classes = [JSONParser, EmptyBodyParser]

    @operation("show_user", "Show a person", {200: (UserSerializer, USER_EXAMPLE)})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """Only you see your own `email`."""
        person = get_visible_user(request.user, pk)
        return self.single(request, represent_users_to(request)(person))

    @operation(
        "change_user",
        "Change your account",
        {200: (UserSerializer, {**USER_EXAMPLE, "email": "susan@example.com"})},
        takes=(ChangesInput, {"about_me": "I like tea."}),
        parameters=[CODE_PARAMETER],
    )
    def put(self, request: Request, pk: int) -> HttpResponseBase:
        """
        Members that you leave out keep their values.

        A new email address requires `current_password`, and takes effect when you open the link that is mailed to it.
        """
        get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        if pk != request.user.pk:
            raise NotAllowed("you can change only your own account")
        changes = read_changes(request, ChangesInput)
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=pk)
            self.check_unchanged(request, lambda: represent_user(user, with_email=True))
            change_account(user, changes)
        return self.single(request, represent_user(user, with_email=True))
