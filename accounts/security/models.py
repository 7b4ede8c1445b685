"""Security events and API tokens."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.security.querysets import ApiTokenQuerySet


class SecurityEvent(models.Model):
    """
    An event in the security log of an account, which its owner sees in Settings.

    It is kept for SECURITY_LOG_DAYS. Without a user it is a failed sign-in to an unknown account.
    """

    class Kind(models.TextChoices):
        SIGN_IN = "sign_in", _("Signed in")
        NEW_DEVICE = "new_device", _("Signed in on a new device")
        SIGN_IN_FAILED = "sign_in_failed", _("Failed sign-in")
        SECOND_FACTOR_FAILED = "second_factor_failed", _("Wrong code or passkey")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        PASSWORD_RESET = "password_reset", _("Password reset by email")
        EMAIL_CHANGED = "email_changed", _("Email address changed")
        TOTP_ADDED = "totp_added", _("Authenticator app set up")
        TOTP_REMOVED = "totp_removed", _("Authenticator app removed")
        PASSKEY_ADDED = "passkey_added", _("Passkey added")
        PASSKEY_REMOVED = "passkey_removed", _("Passkey removed")
        CODES_MADE = "codes_made", _("Recovery codes created")
        CODE_USED = "code_used", _("Recovery code used")
        SECOND_FACTOR_RESET = "second_factor_reset", _("Second factor removed by an administrator")
        SESSION_ENDED = "session_ended", _("Signed out on one device")
        SESSIONS_ENDED = "sessions_ended", _("Signed out on other devices")
        TOKEN_MADE = "token_made", _("API token created")
        TOKEN_REVOKED = "token_revoked", _("API token revoked")
        CLOSED_SIGN_IN = "closed_sign_in", _("Signed in to your closed account")
        RESTORED = "restored", _("Account restored")

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="security_events", db_index=False)
    kind = models.CharField(max_length=30, choices=Kind)
    # Such as the name of a passkey.
    detail = models.CharField(max_length=100, blank=True)
    ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("security event")
        verbose_name_plural = _("security events")
        indexes = [
            # Serves the security page and its log, newest first.
            models.Index(fields=["user", "-id"], name="security_event_user_id_idx"),
            # Serves services.delete_old_events().
            models.Index(fields=["created_at"], name="security_event_created_at_idx"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ApiToken(models.Model):
    """
    A token with which a client of the API acts for a user. Only a hash is stored: the token is shown once.

    It is valid until it expires or is revoked, which deletes it, and only while its owner's account is open.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens", db_index=False)
    # SHA-256, in hex: 144 random bits need no slow hash.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=64)
    is_read_only = models.BooleanField(_("read only"), default=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    # Written at most once a minute.
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        indexes = [
            # Serves the list of a user's tokens.
            models.Index(fields=["user", "expires_at"], name="api_token_user_expires_at_idx"),
            # Serves services.delete_expired_tokens().
            models.Index(fields=["expires_at"], name="api_token_expires_at_idx"),
        ]

    def __str__(self) -> str:
        return self.name
