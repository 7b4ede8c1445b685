from allauth.usersessions import apps
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    default = True
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import receivers  # noqa: F401 - connects them


class UserSessionsConfig(apps.UserSessionsConfig):
    """allauth's list of sessions, which accounts.receivers keeps: allauth would write readable keys into it."""

    def ready(self) -> None:
        """Connect none of allauth's receivers."""
