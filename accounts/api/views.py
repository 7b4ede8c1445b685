"""Addresses of people, their followers, and tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema_view
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import CODE_HEADER, WAIT, PasswordAuthentication, TokenAuthentication
from accounts.api.serializers import (
    ACCOUNT_EXAMPLE,
    PERSON_EXAMPLE,
    PERSON_FIELDS,
    SETTINGS,
    TOKEN_EXAMPLE,
    USER_EXAMPLE,
    USER_FIELDS,
    AccountInput,
    AccountSerializer,
    NewTokenInput,
    NewTokenSerializer,
    NewUserInput,
    PersonSerializer,
    SettingsInput,
    TokenSerializer,
    UserSerializer,
    represent_account,
    represent_person,
    represent_token,
    represent_user,
)
from accounts.devices import describe, origin_of
from accounts.models import User, Username
from accounts.services import (
    EmailTaken,
    UsernameTaken,
    block_user,
    change_username,
    follow_user,
    make_token,
    may_reach_others,
    mute_user,
    open_account,
    request_email_change,
    revoke_token,
    unblock_user,
    unfollow_user,
    unmute_user,
)
from accounts.validators import fold_username
from microblog.core.addresses import address
from microblog.core.api.errors import NotAllowed, Refused
from microblog.core.api.formats import JSONParser, OtherParser
from microblog.core.api.pagination import by_cursor, by_number
from microblog.core.api.schema import BY_CURSOR, BY_NUMBER, cursored, example_list, example_page, numbered, operation
from microblog.core.api.views import Endpoint

# For how long the number of all people is remembered.
COUNT_SECONDS = 60
MUST_INCLUDE = "must include username, email and password fields"
TAKEN_USERNAME = "please use a different username"
TAKEN_EMAIL = "please use a different email address"


def visible_people(viewer: User) -> QuerySet[User]:
    """Return the people whom a caller may see, with what their representation is made of."""
    return User.objects.visible_to(viewer).only(*USER_FIELDS)


def check_may_reach_others(user: User) -> None:
    """Raise NotAllowed for somebody who has still to confirm their address before others read from them."""
    if not may_reach_others(user):
        raise NotAllowed("confirm your e-mail address first, by the link in the mail that was sent to it")


def _refuse_taken(data: dict[str, Any], user: User | None = None) -> None:
    """Say what is taken already, in the words and the order that clients know; what is no name is left to others."""
    username, email = (_comparable(data.get(name)) for name in ("username", "email"))
    if username and (user is None or username != user.username):
        holders = Username.objects.filter(key=fold_username(username))
        if (holders.exclude(user=user) if user else holders).exists():
            raise Refused(TAKEN_USERNAME)
    if email and (user is None or email.lower() != user.email) and User.objects.by_email(email).exists():
        raise Refused(TAKEN_EMAIL)


def _comparable(value: Any) -> str:
    """Return a text that can be looked for in the database, or ''."""
    is_text = isinstance(value, str) and len(value) <= 120 and "\0" not in value
    return value if is_text and not any(0xD800 <= ord(character) <= 0xDFFF for character in value) else ""


class Users(Endpoint):
    open_methods = ("POST",)
    limited = {"POST": "signup"}
    parser_classes = [JSONParser, OtherParser]

    @operation(
        "list_users",
        "List people",
        {200: (numbered(UserSerializer), example_page("/api/users", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request) -> Response:
        """List all people, those who joined first at the top."""
        people = visible_people(request.user).order_by("pk")
        return by_number(request, people, _count_people(), representer(request))

    @operation(
        "register",
        "Register an account",
        {201: (UserSerializer, USER_EXAMPLE)},
        takes=(NewUserInput, {"username": "susan", "email": "susan@example.com", "password": "measures twice"}),
    )
    def post(self, request: Request) -> Response:
        """Register an account. Everybody may, and may ask for a token at once."""
        data = request.data
        if any(name not in data for name in ("username", "email", "password")):
            raise Refused(MUST_INCLUDE)
        _refuse_taken(data)
        new = NewUserInput(data=data)
        new.is_valid(raise_exception=True)
        try:
            user = open_account(**new.validated_data, language=get_language() or "")
        except UsernameTaken as error:
            raise Refused(TAKEN_USERNAME) from error
        except EmailTaken as error:
            raise Refused(TAKEN_EMAIL) from error
        headers = {"Location": address("api:user", user.pk)}
        return Response(represent_user(user), status=HTTPStatus.CREATED, headers=headers)


class OneUser(Endpoint):
    has_etag = True
    parser_classes = [JSONParser, OtherParser]

    @operation("show_user", "Show a person", {200: (UserSerializer, USER_EXAMPLE)})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """Show a person; their e-mail address only to themselves."""
        person = get_object_or_404(visible_people(request.user), pk=pk)
        return self.single(request, representer(request)(person))

    @operation(
        "change_user",
        "Change one's own account",
        {200: (UserSerializer, {**USER_EXAMPLE, "email": "susan@example.com"})},
        takes=(AccountInput, {"about_me": "I like tea."}),
    )
    @transaction.atomic
    def put(self, request: Request, pk: int) -> HttpResponseBase:
        """Change one's own account. What is absent stays; a new e-mail address counts once it is confirmed."""
        get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        if pk != request.user.pk:
            raise NotAllowed("you can change only your own account")
        user = User.objects.select_for_update().get(pk=pk)
        self.check_unchanged(request, lambda: represent_user(user, with_email=True))
        change_account(request, user)
        return self.single(request, represent_user(user, with_email=True))


def change_account(request: Request, user: User) -> None:
    """Write what the body says about the caller, whose row is locked."""
    _refuse_taken(request.data, user)
    changes = AccountInput(data=request.data)
    changes.is_valid(raise_exception=True)
    data = changes.validated_data
    if data.get("username", user.username) != user.username:
        change_username(user, data["username"])
    if data.get("about_me", user.about_me) != user.about_me:
        user.about_me = data["about_me"]
        user.save(update_fields=["about_me"])
    if data.get("email", user.email) != user.email:
        if not ratelimit.consume(request._request, action="manage_email", user=user):
            raise Throttled(WAIT)
        request_email_change(user, data["email"])


class Followers(Endpoint):
    @operation(
        "list_followers",
        "List who follows a person",
        {200: (numbered(UserSerializer), example_page("/api/users/2/followers", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Those who joined last stand at the top."""
        person = get_object_or_404(visible_people(request.user), pk=pk)
        people = visible_people(request.user).followers_of(person).order_by("-pk")
        return by_number(request, people, person.follower_count, representer(request))


class Following(Endpoint):
    @operation(
        "list_following",
        "List whom a person follows",
        {200: (numbered(UserSerializer), example_page("/api/users/2/following", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Those who joined last stand at the top."""
        person = get_object_or_404(visible_people(request.user), pk=pk)
        people = visible_people(request.user).followed_by(person).order_by("-pk")
        return by_number(request, people, person.following_count, representer(request))


@extend_schema_view(
    get=operation(
        "list_followed",
        "List whom a person follows, by the name of the first edition",
        {200: (numbered(UserSerializer), example_page("/api/users/2/followed", USER_EXAMPLE))},
        parameters=BY_NUMBER,
    )
)
class Followed(Following):
    pass


class Follows(Endpoint):
    @operation("follow", "Follow a person", {204: (None, None)})
    def put(self, request: Request, pk: int) -> Response:
        """Follow a person. Repeating it is harmless."""
        person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        check_may_reach_others(request.user)
        follow_user(person, actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @operation("unfollow", "Follow a person no longer", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Follow a person no longer. Repeating it is harmless."""
        person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        unfollow_user(person, actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Blocks(Endpoint):
    @operation("block", "Block a person", {204: (None, None)})
    def put(self, request: Request, pk: int) -> Response:
        """Neither sees or follows the other from now on. Repeating it is harmless."""
        block_user(get_object_or_404(User.objects.blockable_by(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @operation("unblock", "Block a person no longer", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Repeating it is harmless. The follows that the block ended do not come back."""
        unblock_user(get_object_or_404(User.objects.blockable_by(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Mutes(Endpoint):
    @operation("mute", "Mute a person", {204: (None, None)})
    def put(self, request: Request, pk: int) -> Response:
        """Timelines and notifications leave them out, and they do not learn of it. Repeating it is harmless."""
        mute_user(get_object_or_404(User.objects.visible_to(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @operation("unmute", "Mute a person no longer", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Repeating it is harmless."""
        unmute_user(get_object_or_404(User.objects.visible_to(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Blocked(Endpoint):
    @operation(
        "list_blocked",
        "List whom one blocks",
        {200: (cursored(PersonSerializer), example_list("/api/blocks", PERSON_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Those who joined last stand at the top."""
        people = User.objects.blocked_by(request.user).only(*PERSON_FIELDS)
        return by_cursor(request, lambda cursor: cursor.window(people), represent_person)


class Muted(Endpoint):
    @operation(
        "list_muted",
        "List whom one mutes",
        {200: (cursored(PersonSerializer), example_list("/api/mutes", PERSON_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Those who joined last stand at the top."""
        people = User.objects.muted_by(request.user).only(*PERSON_FIELDS)
        return by_cursor(request, lambda cursor: cursor.window(people), represent_person)


class Account(Endpoint):
    has_etag = True

    @operation("show_account", "Show one's own account", {200: (AccountSerializer, ACCOUNT_EXAMPLE)})
    def get(self, request: Request) -> HttpResponseBase:
        """With one's settings and what one has not read."""
        return self.single(request, represent_account(request.user))

    @operation(
        "change_account",
        "Change one's own account and settings",
        {200: (AccountSerializer, ACCOUNT_EXAMPLE)},
        takes=(SettingsInput, {"language": "es", "theme": "dark"}),
    )
    @transaction.atomic
    def put(self, request: Request) -> HttpResponseBase:
        """What is absent stays. A new e-mail address counts once it is confirmed."""
        user = User.objects.select_for_update().get(pk=request.user.pk)
        self.check_unchanged(request, lambda: represent_account(user))
        changes = SettingsInput(data=request.data)
        changes.is_valid(raise_exception=True)
        change_account(request, user)
        chosen = {name: changes.validated_data[name] for name in SETTINGS if name in changes.validated_data}
        for name, value in chosen.items():
            setattr(user, name, value)
        user.save(update_fields=list(chosen))
        return self.single(request, represent_account(user))


class Tokens(Endpoint):
    parser_classes = [JSONParser, OtherParser]
    harmless_methods = (*Endpoint.harmless_methods, "DELETE")
    # A stored answer would hold the token.
    is_idempotent = False

    def get_authenticators(self) -> list[Any]:
        makes_one = self.request is not None and self.request.method == "POST"
        return [PasswordAuthentication() if makes_one else TokenAuthentication()]

    @operation(
        "list_tokens",
        "List one's tokens",
        {200: (numbered(TokenSerializer), example_page("/api/tokens", TOKEN_EXAMPLE))},
        parameters=BY_NUMBER,
    )
    def get(self, request: Request) -> Response:
        """List one's tokens that work, the newest first."""
        live = request.user.api_tokens.live().order_by("-pk")
        return by_number(request, live, live.count(), lambda token: represent_token(token, request.auth))

    @operation(
        "make_token",
        "Make a token",
        {200: (NewTokenSerializer, {"token": "mb_TGV0IG1lIGluLCBwbGVhc2Ugc2ly"})},
        takes=(NewTokenInput, {"name": "Backup", "read_only": True, "lifetime": 86400}),
        parameters=[
            OpenApiParameter(CODE_HEADER, str, "header", description="A code of one's second factor, if there is one.")
        ],
    )
    def post(self, request: Request) -> Response:
        """Make a token, by user name or e-mail address and password."""
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
        """Revoke the token that is shown."""
        revoke_token(request.auth, origin=origin_of(request._request))
        return Response(status=HTTPStatus.NO_CONTENT)


class OneToken(Endpoint):
    @operation("revoke_token", "Revoke a token", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Revoke one of one's tokens."""
        token = get_object_or_404(request.user.api_tokens, pk=pk)
        revoke_token(token, origin=origin_of(request._request))
        return Response(status=HTTPStatus.NO_CONTENT)


def representer(request: Request) -> Callable[[User], dict[str, Any]]:
    """Return the function that represents people to a caller."""
    caller = request.user.pk
    return lambda user: represent_user(user, with_email=user.pk == caller)


def _count_people() -> int:
    """Return how many people there are, as counted at most COUNT_SECONDS ago."""
    count: int = cache.get_or_set("api:people", User.objects.visible_to(AnonymousUser()).count, timeout=COUNT_SECONDS)
    return count
