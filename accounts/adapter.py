"""The site's rules, where django-allauth asks for them."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Username
from accounts.services import register_user
from accounts.validators import fold_username


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("Invalid username or password"),
        "email_password_mismatch": _("Invalid username or password"),
        "email_taken": _("Please use a different email address."),
        "username_taken": _("Please use a different username."),
    }

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Return the name in normal form, or raise a ValidationError that says what is wrong with it."""
        username = User.normalize_username(super().clean_username(username, shallow=True))
        if not shallow and Username.objects.filter(key=fold_username(username)).exists():
            raise self.validation_error("username_taken")
        return username

    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        """Create the account by the same service as every other door."""
        data: dict[str, Any] = form.cleaned_data
        return register_user(username=data["username"], email=data["email"], password=data["password1"])

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the site's pages have their own words for what happened."""
