"""Serializers of users and accounts."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.avatars import gravatar_url
from accounts.models import User
from accounts.passwords import normalize_password
from accounts.services import find_unconfirmed_email
from accounts.validators import ABOUT_ME_MAX_LENGTH, username_validators
from api.formats import BodyCharField, StrictCharField, format_time
from microblog.core.performance.urls import cached_reverse
from microblog.core.site_urls import absolute_url

AVATAR_SIZE = 128
AVATAR_EXAMPLE = "https://microblog.example.com/avatar/2.svg"
# The fields that represent_user() reads.
USER_FIELDS = (
    *("username", "email", "claimed_email", "about_me", "pending_about_me", "last_seen", "avatar_source"),
    *("post_count", "follower_count", "following_count"),
)


def avatar_link(user: User, *, is_drawn: bool = False) -> str:
    """Return the absolute URL of a user's picture, which needs no sign-in, on this site or else at Gravatar."""
    if not is_drawn and user.avatar_source == User.AvatarSource.GRAVATAR:
        return gravatar_url(user.shown_email, AVATAR_SIZE)
    return absolute_url("accounts:avatar", user.pk)


class PersonLinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    avatar = serializers.CharField()


class PersonSerializer(serializers.Serializer):
    """A short form of a user, as part of another resource."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    _links = PersonLinksSerializer()


# The fields that represent_person() reads.
PERSON_FIELDS = ("username", "email", "claimed_email", "avatar_source")
PERSON_EXAMPLE = {"id": 2, "username": "susan", "_links": {"self": "/api/users/2", "avatar": AVATAR_EXAMPLE}}


def represent_person(user: User, *, by_name_only: bool = False) -> dict[str, Any]:
    """Return what PersonSerializer describes, with the drawn picture for a reader on the other side of a block."""
    links = {"self": cached_reverse("api:user", user.pk), "avatar": avatar_link(user, is_drawn=by_name_only)}
    return {"id": user.pk, "username": user.username, "_links": links}


class UserLinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    followers = serializers.CharField()
    followed = serializers.CharField()
    following = serializers.CharField()
    posts = serializers.CharField()
    avatar = serializers.CharField()


class UserSerializer(serializers.Serializer):
    """A user. Only you see your own `email`. `following_count` and `followed_count` are the same number."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    last_seen = serializers.DateTimeField()
    about_me = serializers.CharField()
    post_count = serializers.IntegerField()
    follower_count = serializers.IntegerField()
    followed_count = serializers.IntegerField()
    following_count = serializers.IntegerField()
    _links = UserLinksSerializer()
    email = serializers.EmailField(required=False)


USER_EXAMPLE = {
    "id": 2,
    "username": "susan",
    "last_seen": "2026-03-01T12:00:00.123456Z",
    "about_me": "I like tea.",
    "post_count": 12,
    "follower_count": 5,
    "followed_count": 7,
    "following_count": 7,
    "_links": {
        "self": "/api/users/2",
        "followers": "/api/users/2/followers",
        "followed": "/api/users/2/followed",
        "following": "/api/users/2/following",
        "posts": "/api/users/2/posts",
        "avatar": AVATAR_EXAMPLE,
    },
}


def represent_user(user: User, *, with_email: bool = False) -> dict[str, Any]:
    """Return the data of UserSerializer. Lists call it for each row, so it reads attributes only."""
    pk = user.pk
    links = cached_reverse("api:user", pk)
    represented: dict[str, Any] = {
        "id": pk,
        "username": user.username,
        "last_seen": format_time(user.last_seen),
        "about_me": user.about_me,
        "post_count": user.post_count,
        "follower_count": user.follower_count,
        "followed_count": user.following_count,
        "following_count": user.following_count,
        "_links": {
            "self": links,
            "followers": f"{links}/followers",
            "followed": f"{links}/followed",
            "following": f"{links}/following",
            "posts": f"{links}/posts",
            "avatar": avatar_link(user),
        },
    }
    if with_email:
        represented["email"] = user.shown_email
        represented["about_me"] = user.pending_about_me or user.about_me
    return represented


class AccountInput(serializers.Serializer):
    """Fields of your account that you can change; members that you leave out keep their values."""

    username = StrictCharField(required=False, max_length=64)
    email = serializers.EmailField(required=False, max_length=120)
    about_me = BodyCharField(required=False, limit=ABOUT_ME_MAX_LENGTH, allow_blank=True)

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

    username = StrictCharField(max_length=64)
    email = serializers.EmailField(max_length=120)
    password = StrictCharField(max_length=128, write_only=True)

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

    email = serializers.EmailField()
    pending_email = serializers.EmailField(allow_null=True)
    language = serializers.CharField()
    time_zone = serializers.CharField()
    theme = serializers.ChoiceField(choices=User.Theme.values)
    avatar_source = serializers.ChoiceField(choices=User.AvatarSource.values)
    unread_message_count = serializers.IntegerField()
    unread_notification_count = serializers.IntegerField()


ACCOUNT_EXAMPLE = {
    **USER_EXAMPLE,
    "email": "susan@example.com",
    "pending_email": None,
    "language": "es",
    "time_zone": "Europe/Madrid",
    "theme": "dark",
    "avatar_source": "generated",
    "unread_message_count": 1,
    "unread_notification_count": 3,
}


def represent_account(user: User) -> dict[str, Any]:
    """Return the data of AccountSerializer; costs one query."""
    waiting = find_unconfirmed_email(user)
    pending = waiting and (user.shown_email if waiting.email == user.email else waiting.email)
    return {
        **represent_user(user, with_email=True),
        "pending_email": pending,
        **{name: getattr(user, name) for name in SETTINGS},
        "unread_message_count": user.unread_message_count,
        "unread_notification_count": user.unread_notification_count,
    }
