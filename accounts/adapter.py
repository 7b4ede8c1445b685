"""The site's rules, where django-allauth asks for them."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from accounts.models import User, Username
from accounts.services import register_user
from accounts.validators import fold_username

# Where the session remembers who gave the right password to an account that is about to be deleted.
LEAVING_SESSION_KEY = "leaving_user"


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

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Offer somebody whose account is to be deleted to keep it; tell others that theirs is closed."""
        if user.deletion_due_at is None:
            return super().respond_user_inactive(request, user)
        request.session[LEAVING_SESSION_KEY] = user.pk
        return redirect("accounts:come_back")

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the site's pages have their own words for what happened."""
