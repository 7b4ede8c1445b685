"""One's own account, and what may be written of it."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.db import transaction
from django.http import HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.request import Request

from accounts.api.authentication import WAIT
from accounts.api.serializers import (
    ACCOUNT_EXAMPLE,
    SETTINGS,
    AccountInput,
    AccountSerializer,
    SettingsInput,
    represent_account,
)
from accounts.models import User, Username
from accounts.services import change_username, request_email_change
from microblog.core.api.errors import Refused
from microblog.core.api.schema import operation
from microblog.core.api.views import Endpoint

TAKEN_USERNAME = "please use a different username"
TAKEN_EMAIL = "please use a different email address"


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
        changes = SettingsInput(user, data=request.data)
        changes.is_valid(raise_exception=True)
        change_account(request, user)
        chosen = {name: changes.validated_data[name] for name in SETTINGS if name in changes.validated_data}
        for name, value in chosen.items():
            setattr(user, name, value)
        user.save(update_fields=list(chosen))
        return self.single(request, represent_account(user))


def change_account(request: Request, user: User) -> None:
    """Write what the body says about the caller, whose row is locked."""
    refuse_taken(request.data, user)
    changes = AccountInput(user, data=request.data)
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


def refuse_taken(data: dict[str, Any], user: User | None = None) -> None:
    """Say what is taken already, in the words and the order that clients know; what is no name is left to others."""
    username, email = (_comparable(data.get(name)) for name in ("username", "email"))
    if username and (user is None or username != user.username):
        holders = Username.objects.confusable_with(username)
        if (holders.exclude(user=user) if user else holders).exists():
            raise Refused(TAKEN_USERNAME)
    if email and (user is None or email.lower() != user.email) and User.objects.by_email(email).exists():
        raise Refused(TAKEN_EMAIL)


def _comparable(value: Any) -> str:
    """Return a text that can be looked for in the database, or ''."""
    is_text = isinstance(value, str) and len(value) <= 120 and "\0" not in value
    return value if is_text and not any(0xD800 <= ord(character) <= 0xDFFF for character in value) else ""
