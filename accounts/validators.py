"""Validation of usernames."""

import unicodedata
from functools import cache

import regex
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from accounts.confusables import TATWEEL, mixes_scripts, skeleton
from microblog.core.text import normalize_unicode

ABOUT_ME_MAX_LENGTH = 140
USERNAME_MAX_LENGTH = 64
# A typed username may be in a form that is longer than the stored one.
TYPED_USERNAME_MAX_LENGTH = 4 * USERNAME_MAX_LENGTH

# Letters and digits of any script, with at most two marks on a letter, since many scripts write vowels with marks.
# Dots and hyphens are allowed only inside, so that a username can end a sentence: "Thanks, @ana."
_USERNAME = regex.compile(r"[\p{L}\p{N}_](?:(?:[\p{L}\p{M}\p{N}_.\-])*[\p{L}\p{M}\p{N}_])?")
# Of two equal marks, one covers the other.
_PILED_MARKS = regex.compile(r"\p{M}{3}|(\p{Mn})\1")
_INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
_TATWEEL = regex.compile(f"[{TATWEEL}]")
_SEPARATORS = regex.compile(r"[_.\-]")


def normalize_username(username: str) -> str:
    """Return the stored form of a username; a text that is too long for one is returned unchanged."""
    return normalize_unicode("NFKC", username, limit=TYPED_USERNAME_MAX_LENGTH)


def fold_username(username: str) -> str:
    """
    Return the form in which two spellings of one username are equal (Unicode TR 36, section 2.11.2).

    For a text that is too long for a username, the result is longer than that of any username.
    """
    return normalize_username(username).casefold()


@deconstructible
class UsernameValidator:
    """
    Refuse invalid usernames, and letters that are confusable; the value must be in Unicode form NFKC.

    Scripts may be mixed as Unicode Technical Standard 39 allows at the level "highly restrictive".
    """

    message = _(
        "Use letters, digits and the characters _ . - only, with a letter, a digit or _ at the beginning "
        "and at the end."
    )
    code = "invalid"

    def __call__(self, value: str) -> None:
        if found := _INVISIBLE.search(value):
            raise ValidationError(
                _("The invisible character %(character)s at position %(position)d is not allowed. Please remove it."),
                code="invisible",
                params={"character": f"U+{ord(found[0]):04X}", "position": found.start() + 1},
            )
        if not _USERNAME.fullmatch(value) or _PILED_MARKS.search(value) or _TATWEEL.search(value):
            raise ValidationError(self.message, code=self.code)
        if not value.isascii() and (mixes_scripts(value) or any(map(_is_small_capital, value))):
            raise ValidationError(
                _("Some letters of this name look like others. Please use ordinary letters of one alphabet."),
                code="confusable",
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UsernameValidator)


def validate_username_not_reserved(username: str) -> None:
    """Refuse the usernames in RESERVED_USERNAMES, and those confusable with them."""
    if _reserved_form(username) in _reserved_forms(tuple(settings.RESERVED_USERNAMES)):
        raise ValidationError(_("This username is reserved. Please use a different username."), code="reserved")


@cache
def _reserved_forms(usernames: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_reserved_form, usernames))


def _reserved_form(username: str) -> str:
    """Return the form in which usernames are compared with reserved ones: i, I and l are equal."""
    return skeleton(_SEPARATORS.sub("", username)).replace("i", "l")


def _is_small_capital(letter: str) -> bool:
    return "SMALL CAPITAL" in unicodedata.name(letter, "")


# For users that choose a username; operators may use reserved ones.
username_validators = [UsernameValidator(), MaxLengthValidator(USERNAME_MAX_LENGTH), validate_username_not_reserved]
