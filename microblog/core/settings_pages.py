"""The navigation of Settings: its pages in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class SettingsPage:
    """An entry of the navigation: its view, and the views of pages that belong to it."""

    view: str
    label: Any
    belonging: tuple[str, ...] = ()

    @property
    def views(self) -> tuple[str, ...]:
        """Return the views for which this entry is marked as current."""
        return (self.view, *self.belonging)


_DECISIONS = SettingsPage("moderation:decisions", _("Decisions about you"), ("moderation:decision",))
_DATA = (
    _("Your data"),
    (SettingsPage("exports:exports", _("Your exports")), SettingsPage("accounts:leave", _("Delete your account"))),
)

GROUPS = (
    (
        _("Profile"),
        (
            SettingsPage("accounts:edit_profile", _("Edit Profile")),
            SettingsPage("accounts:preferences", _("Preferences")),
            SettingsPage("messaging:notification_settings", _("Notifications")),
        ),
    ),
    (
        _("Account and security"),
        (
            SettingsPage("account_email", _("Account"), ("account_change_password",)),
            SettingsPage(
                "security:overview",
                _("Security"),
                (
                    *("mfa_index", "mfa_list_webauthn", "security:log"),
                    *("mfa_activate_totp", "mfa_deactivate_totp"),
                    *("mfa_view_recovery_codes", "mfa_generate_recovery_codes"),
                    *("mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn"),
                ),
            ),
            SettingsPage("security:tokens", _("API tokens")),
        ),
    ),
    (
        _("Privacy"),
        (
            SettingsPage("relationships:blocked", _("Blocked people")),
            SettingsPage("relationships:muted", _("Muted people")),
            SettingsPage("moderation:reports", _("Your reports"), ("moderation:report",)),
            _DECISIONS,
        ),
    ),
    _DATA,
)

# The pages that a suspended user can open.
SUSPENDED_GROUPS = (
    (
        _("Account"),
        (SettingsPage("moderation:suspended", _("Your account is suspended")), _DECISIONS),
    ),
    _DATA,
)
