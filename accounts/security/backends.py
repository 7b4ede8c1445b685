"""Authentication by login and password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from allauth.core import context
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.passwords import password_forms
from accounts.security.hashers import spend_other_hashes
from accounts.verification import is_verification_mandatory
from microblog.core.performance.queries import compiled


class AuthenticationBackend(AllauthBackend):
    """Authenticate by email address, username or former username, ignoring case."""

    def get_user(self, user_id: int) -> User | None:
        """Return the signed-in user, as fetched with the session or by a query that is compiled once."""
        user = context.request.session.take_user(user_id) if context.request else None
        user = user or next(iter(_people(user_id)), None)
        return user if user is not None and self.user_can_authenticate(user) else None

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """
        Look up one account and check the password once.

        allauth looks an email address up as a username too, and checks twice where there is an account.
        """
        login: str = credentials.get("email") or credentials.get("username") or ""
        user = find_by_login(login)
        opened = self._check_password(user, credentials["password"])
        if user is not None and opened is None:
            for form in password_forms(credentials["password"]):
                spend_other_hashes(form, user.password)
        return opened

    def _mitigate_timing_attack(self, password: str) -> None:
        """Hash as often as for the wrong password of an account."""
        for form in password_forms(password):
            spend_other_hashes(form)


def find_by_login(login: str) -> User | None:
    """Return the user with an email address, a username or a former username."""
    # Usernames contain no @.
    people = User.objects.by_email(login) if "@" in login else User.objects.by_username(login)
    if "@" in login and is_verification_mandatory():
        # A sign-in after registering must not reveal whether the email address was taken.
        people = people.confirmed_or_signed_in()
    return people.first()


@compiled
def _people(user_id: int) -> QuerySet[User]:
    return User.objects.filter(pk=user_id)
