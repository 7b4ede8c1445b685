"""What a username may look like."""

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
# With how many characters a name can be typed, in a form that is longer than the one it is stored in.
TYPED_USERNAME_MAX_LENGTH = 4 * USERNAME_MAX_LENGTH

# Letters and digits of any script, with the marks that many scripts write vowels with; never more than two
# marks on a letter. Dots and hyphens stand inside, so that a name can end a sentence: "Thanks, @ana."
_USERNAME = regex.compile(r"[\p{L}\p{N}_](?:(?:[\p{L}\p{M}\p{N}_.\-])*[\p{L}\p{M}\p{N}_])?")
# One of two marks that are the same covers the other.
_PILED_MARKS = regex.compile(r"\p{M}{3}|(\p{Mn})\1")
_INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
_TATWEEL = regex.compile(f"[{TATWEEL}]")
_SEPARATORS = regex.compile(r"[_.\-]")


def normalize_username(username: str) -> str:
    """Return the form in which a name is stored; what is too long for a name stays as it is, and too long."""
    return normalize_unicode("NFKC", username, limit=TYPED_USERNAME_MAX_LENGTH)


def fold_username(username: str) -> str:
    """
    Return the form in which two spellings of one name are equal (Unicode TR 36, section 2.11.2).

    What is too long for a name is longer than any name's, and so equals none.
    """
    return normalize_username(username).casefold()


@deconstructible
class UsernameValidator:
    """
    Refuse what is not a username, or could be taken for another one; the value is expected in Unicode form NFKC.

    Letters are of scripts that are written together, as Unicode Technical Standard 39 says for "highly restrictive".
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
                _("Some letters of this name could be taken for others. Please use ordinary letters of one script."),
                code="confusable",
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UsernameValidator)


def validate_username_not_reserved(username: str) -> None:
    """Refuse a name of RESERVED_USERNAMES, and what could be taken for it."""
    if _reserved_form(username) in _reserved_forms(tuple(settings.RESERVED_USERNAMES)):
        raise ValidationError(_("This username is reserved. Please use a different username."), code="reserved")


@cache
def _reserved_forms(usernames: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(_reserved_form, usernames))


def _reserved_form(username: str) -> str:
    """Return the form in which a name equals a reserved one; a capital I looks like an l, so that i equals both."""
    return skeleton(_SEPARATORS.sub("", username)).replace("i", "l")


def _is_small_capital(letter: str) -> bool:
    return "SMALL CAPITAL" in unicodedata.name(letter, "")


# What people are held to who choose a name; operators may use the reserved ones.
username_validators = [UsernameValidator(), MaxLengthValidator(USERNAME_MAX_LENGTH), validate_username_not_reserved]
