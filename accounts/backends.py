"""How credentials become a person."""

from allauth.account.auth_backends import AuthenticationBackend as AllauthBackend
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser


class AuthenticationBackend(AllauthBackend):
    """Sign in with the e-mail address or a name that one holds, both without regard to case."""

    def _authenticate_by_username(self, username: str, password: str) -> AbstractBaseUser | None:
        user = get_user_model().objects.by_username(username).first()
        return self._check_password(user, password)
