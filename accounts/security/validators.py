"""Validation of passwords."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# The longest input that a form accepts; MaximumLengthValidator limits new passwords.
PASSWORD_INPUT_MAX_LENGTH = 4096


class MaximumLengthValidator:
    """Refuse passwords so long that hashing them is an attack."""

    max_length = 128

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(
                _("This password is too long. It may have at most %(max_length)d characters."),
                code="password_too_long",
                params={"max_length": self.max_length},
            )

    def get_help_text(self) -> str:
        return gettext("Your password may have at most %(max_length)d characters.") % {"max_length": self.max_length}


class SiteNameValidator:
    """Refuse passwords that are little more than the name of the site."""

    def validate(self, password: str, user: object = None) -> None:
        rest = password.lower().replace(settings.SITE_NAME.lower(), "")
        if len(rest) != len(password) and len(rest) < 5:
            raise ValidationError(
                _("This password is too similar to the name of this site."), code="password_like_site_name"
            )

    def get_help_text(self) -> str:
        return gettext("Your password cannot be too similar to the name of this site.")
