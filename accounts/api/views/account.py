"""API views of the caller's account."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import SETTINGS, AccountSerializer, SettingsInput
from accounts.models import User, Username
from accounts.security.api.authentication import CODE_PARAMETER, confirm_identity
from accounts.services import (
    EmailTaken,
    change_username,
    is_verification_mandatory,
    request_email_change,
    write_about_me,
)
from api.conditions import ETagMixin
from api.errors import Refused
from api.generics import GenericAPIView
from api.throttling import throttle

TAKEN_USERNAME = "please use a different username"
TAKEN_EMAIL = "please use a different email address"


class Account(ETagMixin, GenericAPIView):
    serializer_class = AccountSerializer
    input_serializer_class = SettingsInput

    @extend_schema(operation_id="show_account", summary="Show your account")
    def get(self, request: Request) -> Response:
        """Includes your settings and the numbers of unread messages and notifications."""
        return Response(self.get_serializer(request.user).data)

    @extend_schema(
        operation_id="change_account", summary="Change your account and settings", parameters=[CODE_PARAMETER]
    )
    def put(self, request: Request) -> Response:
        """
        Members that you leave out keep their values.

        A new email address requires `current_password`, and takes effect when you open the link that is mailed to it.
        """
        changes = read_changes(self)
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=request.user.pk)
            self.check_unchanged(user)
            change_account(user, changes)
            chosen = {name: changes[name] for name in SETTINGS if name in changes}
            for name, value in chosen.items():
                setattr(user, name, value)
            user.save(update_fields=list(chosen))
        return Response(self.get_serializer(user).data)


def read_changes(view: GenericAPIView) -> dict[str, Any]:
    """
    Return the validated changes of the caller's account; `email` only if it is a new one.

    A new email address requires the same confirmation as its page in Settings, since it can reset the password.
    """
    request, user = view.request, view.request.user
    refuse_taken_username(request.data, user)
    changes = view.validated(user)
    throttle(request, "edit")
    if changes.get("email") == user.shown_email:
        del changes["email"]
    if "email" in changes:
        confirm_identity(request, changes.get("current_password", ""), "change the email address")
        throttle(request, "manage_email")
        throttle(request, "confirm_email", changes["email"])
    return changes


def change_account(user: User, changes: dict[str, Any]) -> None:
    """Write the changes of read_changes() to a user. The row must be locked."""
    if changes.get("username", user.username) != user.username:
        change_username(user, changes["username"])
    if changes.get("about_me", user.written_about_me) != user.written_about_me:
        write_about_me(user, changes["about_me"])
    if "email" in changes:
        try:
            request_email_change(user, changes["email"])
        except EmailTaken as error:
            raise Refused(TAKEN_EMAIL) from error


def refuse_taken_username(data: dict[str, Any], user: User | None = None) -> None:
    """Raise Refused, with the original's text, for a username that belongs to another user."""
    username = _comparable(data.get("username"))
    if username and (user is None or username != user.username):
        holders = Username.objects.confusable_with(username)
        if (holders.exclude(user=user) if user else holders).exists():
            raise Refused(TAKEN_USERNAME)


def refuse_taken(data: dict[str, Any]) -> None:
    """
    Raise Refused, with the original's texts in its order, for a username or email address that is taken.

    Do not reveal a taken email address where new accounts must confirm theirs. Invalid values pass.
    """
    refuse_taken_username(data)
    email = _comparable(data.get("email"))
    if email and not is_verification_mandatory() and User.objects.by_email(email).exists():
        raise Refused(TAKEN_EMAIL)


def _comparable(value: Any) -> str:
    """Return the value if the database can look it up, else ''."""
    is_text = isinstance(value, str) and len(value) <= 120 and "\0" not in value
    return value if is_text and not any(0xD800 <= ord(character) <= 0xDFFF for character in value) else ""
