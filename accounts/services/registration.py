"""Accounts and the names they hold."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.confusables import skeleton
from accounts.models import User, Username
from accounts.validators import fold_username
from microblog.core.exceptions import DomainError


class UsernameTaken(DomainError):
    """Another user holds the name or one that looks like it, or held it once."""

    def __init__(self) -> None:
        super().__init__(_("Please use a different username."), field="username")


class EmailTaken(DomainError):
    """An account with this address exists."""

    def __init__(self) -> None:
        super().__init__(_("Please use a different email address."), field="email")


class TooManyUsernames(DomainError):
    """The person keeps as many names reserved as one may."""

    def __init__(self) -> None:
        super().__init__(
            _("You have changed your username too often: all your former names stay reserved for you."),
            field="username",
        )


def register_user(*, username: str, email: str, password: str | None, about_me: str = "", **facts: object) -> User:
    """
    Create a person who holds the name, and return them.

    `password` is in clear and stored as a hash; None makes an account nobody can sign in to. `facts` are further
    fields of User. Raise UsernameTaken or EmailTaken, also when somebody else registers at the same moment.
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
    Give a person another name; the former one stays reserved and leads to them.

    Raise UsernameTaken, also when somebody else takes the name at the same moment, or TooManyUsernames.
    """
    username = User.normalize_username(username)
    if Username.objects.confusable_with(username).exclude(user=user).exists():
        raise UsernameTaken
    # The lock keeps two changes at once from passing the limit together.
    held = dict(User.objects.select_for_update().get(pk=user.pk).usernames.values_list("key", "skeleton"))
    key, shape = fold_username(username), skeleton(username)
    if key not in held and len(held) >= settings.USERNAMES_PER_USER:
        raise TooManyUsernames
    if key not in held or shape not in held.values():
        try:
            with transaction.atomic():
                Username.objects.update_or_create(
                    key=key, user=user, defaults={"skeleton": None if shape in held.values() else shape}
                )
        except IntegrityError as error:
            raise UsernameTaken from error
    user.username = username
    user.save(update_fields=["username"])
