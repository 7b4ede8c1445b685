"""What a username may look like."""

import unicodedata

import regex
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

USERNAME_MAX_LENGTH = 64

# Letters and digits of any script, with the marks that many scripts write vowels with; never more than two
# marks on a letter. Dots and hyphens stand inside, so that a name can end a sentence: "Thanks, @ana."
_USERNAME = regex.compile(r"[\p{L}\p{N}_](?:(?:[\p{L}\p{M}\p{N}_.\-])*[\p{L}\p{M}\p{N}_])?")
_PILED_MARKS = regex.compile(r"\p{M}{3}")


def fold_username(username: str) -> str:
    """Return the form in which two spellings of one name are equal (Unicode TR 36, section 2.11.2)."""
    return unicodedata.normalize("NFKC", username).casefold()


@deconstructible
class UsernameValidator:
    """Refuse what is not a username; the value is expected in Unicode form NFKC."""

    message = _(
        "Use letters, digits and the characters _ . - only, with a letter, a digit or _ at the beginning "
        "and at the end."
    )
    code = "invalid"

    def __call__(self, value: str) -> None:
        if not _USERNAME.fullmatch(value) or _PILED_MARKS.search(value):
            raise ValidationError(self.message, code=self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UsernameValidator)


username_validators = [UsernameValidator(), MaxLengthValidator(USERNAME_MAX_LENGTH)]


class MaximumLengthValidator:
    """Refuse passwords so long that hashing them is an attack."""

    max_length = 128

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(
                _("This password is too long. It may have %(max_length)d characters."),
                code="password_too_long",
                params={"max_length": self.max_length},
            )

    def get_help_text(self) -> str:
        return gettext("Your password may have %(max_length)d characters.") % {"max_length": self.max_length}


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
