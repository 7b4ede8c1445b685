"""Registration and usernames."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.confusables import skeleton
from accounts.models import User, Username
from accounts.validators import fold_username
from microblog.core.exceptions import DomainError


class UsernameTaken(DomainError):
    """The username, or one confusable with it, is or was another user's."""

    def __init__(self) -> None:
        super().__init__(_("Please use a different username."), field="username")


class EmailTaken(DomainError):
    """An account with this email address exists."""

    def __init__(self) -> None:
        super().__init__(_("Please use a different email address."), field="email")


class TooManyUsernames(DomainError):
    """The user has USERNAMES_PER_USER reserved usernames."""

    def __init__(self) -> None:
        super().__init__(
            _("You have changed your username too often: all your former names stay reserved for you."),
            field="username",
        )


def register_user(*, username: str, email: str, password: str | None, about_me: str = "", **facts: object) -> User:
    """
    Create a user with a username, and return the user.

    `password` is plain text; None means that the account cannot be signed in to. `facts` are further fields of User.
    Raise UsernameTaken or EmailTaken, also for a concurrent registration.
    """
    try:
        return User.objects.create_user(username, email, password, about_me=about_me, **facts)
    except IntegrityError as error:
        if Username.objects.confusable_with(username).exists():
            raise UsernameTaken from error
        raise EmailTaken from error


@transaction.atomic
def change_username(user: User, username: str) -> None:
    """
    Change a user's username; the former one stays reserved and redirects to the user.

    Raise UsernameTaken, also when another user takes it concurrently, or TooManyUsernames.
    """
    username = User.normalize_username(username)
    if Username.objects.confusable_with(username).exclude(user=user).exists():
        raise UsernameTaken
    # The lock keeps concurrent changes from exceeding the limit.
    held = dict(User.objects.select_for_update().get(pk=user.pk).usernames.values_list("key", "skeleton"))
    key, look = fold_username(username), skeleton(username)
    if key not in held and len(held) >= settings.USERNAMES_PER_USER:
        raise TooManyUsernames
    if key not in held or look not in held.values():
        try:
            with transaction.atomic():
                Username.objects.update_or_create(
                    key=key, user=user, defaults={"skeleton": None if look in held.values() else look}
                )
        except IntegrityError as error:
            raise UsernameTaken from error
    user.username = username
    user.save(update_fields=["username"])
