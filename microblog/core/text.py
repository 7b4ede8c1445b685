"""Text that people type: how it is counted, cleaned and refused."""

import json
import unicodedata
from typing import Any, Literal

import regex
from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

# What one character may consist of at most: the emoji of a family with two children has 7 code points.
CODE_POINTS_PER_CHARACTER = 8

# Unicode's space separators (Zs) and the tab.
_SPACES = "\t \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_LINE_BREAK = regex.compile(r"\r\n?|[\u2028\u2029]")
_MANY_LINE_BREAKS = regex.compile(r"\n{3,}")
# Composing a run of combining marks takes quadratic time, 15 seconds for 100 kB. No language stacks more than 30
# (Unicode Standard Annex 15, Stream-Safe Text Format).
_LONG_RUN_OF_MARKS = regex.compile(r"\p{M}{31}")
# More than any language puts on one letter, also where invisible characters stand between them.
_PILED_MARKS = regex.compile(r"(?:\p{M}\p{Default_Ignorable_Code_Point}*+){9}")
# Levels of values within values; passkeys have four.
JSON_MAX_DEPTH = 16
_SURROGATE = regex.compile(r"\p{Cs}")
_FLAG = regex.compile(r"\p{Regional_Indicator}{2}")
_CONTROL = regex.compile(r"[^\P{Cc}\n\t\0]|\p{Cs}")
# U+2800, the braille pattern without dots, is a symbol to Unicode and blank to the eye.
_VISIBLE = regex.compile(r"[^\s\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800]")


def count_characters(text: str) -> int:
    """Count what a person would call characters (extended grapheme clusters)."""
    # \X alone takes quadratic time on a row of flags.
    return len(regex.findall(r"\X", _FLAG.sub("x", text)))


def normalize_unicode(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str, *, limit: int) -> str:
    """
    Return text in a Unicode normal form; text of more than `limit` characters stays as it is.

    A run of combining marks takes quadratic time, 12 seconds for 80 kB, and some letters become marks only when they
    are normalized: nothing but a bound on the length helps. Callers compare or refuse what is longer by its length.
    """
    return unicodedata.normalize(form, text) if len(text) <= limit else text  # noqa: TID251 - bounded


def is_too_deep(data: Any) -> bool:
    """Return whether values of this JSON are nested deeper than any that the site takes; recursion ends on them."""
    level = [data]
    for _depth in range(JSON_MAX_DEPTH):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def has_surrogates(data: Any) -> bool:
    """Return whether this JSON holds half of a surrogate pair, which no database takes and no response can write."""
    return bool(_SURROGATE.search(json.dumps(data, ensure_ascii=False)))


def is_storable(data: Any) -> bool:
    """Return whether every database takes this JSON as it is: PostgreSQL takes no NUL in a text."""
    return not is_too_deep(data) and not has_surrogates(data) and "\\u0000" not in json.dumps(data)


def normalize_text(text: str) -> str:
    """Give text one form: line feeds, Unicode NFC, no outer blank space, at most one empty line in a row."""
    text = _LINE_BREAK.sub("\n", text)
    if not _LONG_RUN_OF_MARKS.search(text):
        text = unicodedata.normalize("NFC", text)  # noqa: TID251 - no run is long, and nothing but a mark becomes one
    text = "\n".join(line.rstrip(_SPACES) for line in text.split("\n"))
    return _MANY_LINE_BREAKS.sub("\n\n", text).strip(_SPACES + "\n")


def validate_no_control_characters(text: str) -> None:
    """Refuse control characters and lone surrogates, but NUL, which Django's form fields refuse themselves."""
    if found := _CONTROL.search(text):
        raise ValidationError(
            _("The invisible character %(character)s at position %(position)d is not allowed. Please remove it."),
            code="control_character",
            params={"character": f"U+{ord(found[0]):04X}", "position": found.start() + 1},
        )


def validate_marks(text: str) -> None:
    """Refuse more than 8 marks on one letter, which would cover the lines above and below."""
    if _PILED_MARKS.search(text):
        raise ValidationError(
            _("The letters of this text carry too many accents or joined signs. Please remove some."),
            code="piled_marks",
        )


def validate_visible(text: str) -> None:
    """Refuse text that shows nothing: spaces, fillers, invisible characters, accents without a letter."""
    if not _VISIBLE.search(text):
        raise ValidationError(
            _("There is nothing to see in this text. Please write at least one visible character."),
            code="invisible",
        )


@deconstructible
class MaxCharactersValidator:
    """
    Refuse text of more than `limit` characters as a person counts them.

    Refuse more than `limit` * CODE_POINTS_PER_CHARACTER code points too, and look at no more than these, so that
    the time is bounded whatever is sent.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, text: str) -> None:
        max_code_points = self.limit * CODE_POINTS_PER_CHARACTER
        count = count_characters(text[:max_code_points])
        if count <= self.limit and len(text) <= max_code_points:
            return
        if count <= self.limit:
            message = _("The letters of this text carry too many accents or joined signs. Please remove some.")
        elif len(text) <= max_code_points:
            message = ngettext_lazy(
                "This text has %(count)d character and may have %(limit)d. Please shorten it.",
                "This text has %(count)d characters and may have %(limit)d. Please shorten it.",
                "count",
            )
        else:
            message = ngettext_lazy(
                "This text is far too long: it may have %(limit)d character. Please shorten it.",
                "This text is far too long: it may have %(limit)d characters. Please shorten it.",
                "limit",
            )
        raise ValidationError(message, code="max_characters", params={"count": count, "limit": self.limit})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MaxCharactersValidator) and self.limit == other.limit
