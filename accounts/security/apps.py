from allauth.usersessions import apps
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SecurityConfig(AppConfig):
    default = True
    name = "accounts.security"
    verbose_name = _("Security")

    def ready(self) -> None:
        from accounts.security import receivers  # noqa: F401 - connects them


class UserSessionsConfig(apps.UserSessionsConfig):
    """allauth's list of sessions, filled by receivers.py: allauth would store readable session keys."""

    def ready(self) -> None:
        """Connect none of allauth's receivers."""
