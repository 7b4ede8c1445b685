"""Serializers of users and accounts."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.avatars import AVATAR_COLUMNS, gravatar_url
from accounts.models import User
from accounts.passwords import normalize_password
from accounts.services import find_unconfirmed_email
from accounts.validators import ABOUT_ME_MAX_LENGTH, username_validators
from api.fields import BodyCharField, StrictCharField
from api.serializers import LinksField, ResourceSerializer
from microblog.core.site_urls import absolute_url

AVATAR_SIZE = 128


def avatar_link(user: User) -> str:
    """Return the absolute URL of a user's picture, which needs no sign-in, on this site or else at Gravatar."""
    is_drawn = getattr(user, "is_blocked_either_way", False)  # across a block, only the name is shown
    if not is_drawn and user.avatar_source == User.AvatarSource.GRAVATAR:
        return gravatar_url(user.shown_email, AVATAR_SIZE)
    return absolute_url("accounts:avatar", user.pk)


class PersonSerializer(ResourceSerializer):
    """A short form of a user, as part of another resource."""

    id = serializers.IntegerField()
    username = serializers.CharField(initial="susan")
    _links = LinksField(self="api:user", avatar=avatar_link)

    reads = AVATAR_COLUMNS


class UserSerializer(ResourceSerializer):
    """
    A user. `email` is included only for your own account.

    `following_count` and `followed_count` are the same number.
    """

    id = serializers.IntegerField()
    username = serializers.CharField(initial="susan")
    last_seen = serializers.DateTimeField()
    about_me = serializers.CharField(initial="I like tea.")
    post_count = serializers.IntegerField()
    follower_count = serializers.IntegerField()
    followed_count = serializers.IntegerField(source="following_count")
    following_count = serializers.IntegerField()
    _links = LinksField(
        self="api:user",
        followers="api:followers",
        followed="api:followed",
        following="api:following",
        posts="api:posts_of_user",
        avatar=avatar_link,
    )
    email = serializers.EmailField(required=False)

    reads = (*AVATAR_COLUMNS, "pending_about_me")

    @cached_property
    def caller(self) -> int | None:
        pk: int | None = self.context["request"].user.pk
        return pk

    def to_representation(self, instance: User) -> dict[str, Any]:
        represented = super().to_representation(instance)
        if instance.pk == self.caller:
            represented["email"] = instance.shown_email
            represented["about_me"] = instance.written_about_me
        return represented


class AccountInput(serializers.Serializer):
    """Fields of your account that you can change; members that you leave out keep their values."""

    username = StrictCharField(required=False, max_length=64)
    email = serializers.EmailField(required=False, max_length=120)
    about_me = BodyCharField(required=False, limit=ABOUT_ME_MAX_LENGTH, allow_blank=True, initial="I like tea.")

    def validate_username(self, username: str) -> str:
        if self.instance is not None and username == self.instance.username:
            return username  # unchanged, even if today's rules refuse it
        username = User.normalize_username(username)
        for validate in username_validators:
            validate(username)
        return username

    def validate_email(self, email: str) -> str:
        return email.lower()


class NewUserInput(AccountInput):
    """A new account."""

    username = StrictCharField(max_length=64, initial="susan")
    email = serializers.EmailField(max_length=120, initial="susan@example.com")
    password = StrictCharField(max_length=128, write_only=True, initial="measures twice")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        user = User(username=data["username"], email=data["email"])
        data["password"] = normalize_password(data["password"])
        try:
            validate_password(data["password"], user)
        except DjangoValidationError as error:
            raise serializers.ValidationError({"password": serializers.as_serializer_error(error)}) from error
        return data


class ChangesInput(AccountInput):
    """Fields of your account that you can change; a new email address also requires your password."""

    current_password = StrictCharField(
        required=False, allow_blank=True, max_length=128, write_only=True, help_text="Required with a new `email`."
    )


# Fields of the settings, which only their user sees.
SETTINGS = ("language", "time_zone", "theme", "avatar_source")


class SettingsInput(ChangesInput):
    """Fields of your account and settings; members that you leave out keep their values."""

    language = serializers.ChoiceField(
        required=False,
        choices=["", *dict(settings.LANGUAGES)],
        help_text="Empty: each request chooses with `Accept-Language`.",
    )
    time_zone = StrictCharField(
        required=False, allow_blank=True, max_length=64, help_text="A name such as `Europe/Madrid`."
    )
    theme = serializers.ChoiceField(required=False, choices=User.Theme.values)
    avatar_source = serializers.ChoiceField(required=False, choices=User.AvatarSource.values)

    def validate_time_zone(self, name: str) -> str:
        if name and name not in available_timezones():
            raise serializers.ValidationError(_("There is no such time zone."))
        return name


class AccountSerializer(UserSerializer):
    """Your account. `pending_email` is a new email address that is not confirmed yet."""

    email = serializers.EmailField(source="shown_email", initial="susan@example.com")
    pending_email = serializers.EmailField(allow_null=True)
    language = serializers.CharField(initial="es")
    time_zone = serializers.CharField(initial="Europe/Madrid")
    theme = serializers.ChoiceField(choices=User.Theme.values)
    avatar_source = serializers.ChoiceField(choices=User.AvatarSource.values)
    unread_message_count = serializers.IntegerField()
    unread_notification_count = serializers.IntegerField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        waiting = find_unconfirmed_email(instance)
        is_own = waiting is not None and waiting.email == instance.email
        instance.pending_email = instance.shown_email if is_own else waiting and waiting.email
        return super().to_representation(instance)
