"""Counting, normalization and validation of text that users type."""

import json
import unicodedata
from typing import Any, Literal

import regex
from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

# Maximum code points of one character: the emoji of a family with two children has 7.
CODE_POINTS_PER_CHARACTER = 8

# Unicode's space separators (Zs) and the tab.
_SPACES = "\t \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_LINE_BREAK = regex.compile(r"\r\n?|[\u2028\u2029]")
_MANY_LINE_BREAKS = regex.compile(r"\n{3,}")
# Composing a sequence of combining marks takes quadratic time, 15 seconds for 100 kB. No language needs more than 30
# (Unicode Standard Annex 15, Stream-Safe Text Format).
_LONG_RUN_OF_MARKS = regex.compile(r"\p{M}{31}")
# More marks than any language puts on one letter, also with invisible characters between them.
_PILED_MARKS = regex.compile(r"(?:\p{M}\p{Default_Ignorable_Code_Point}*+){9}")
# Maximum depth of nested values; passkeys have four levels.
JSON_MAX_DEPTH = 16
_SURROGATE = regex.compile(r"\p{Cs}")
_FLAG = regex.compile(r"\p{Regional_Indicator}{2}")
_CONTROL = regex.compile(r"[^\P{Cc}\n\t\0]|\p{Cs}")
# U+2800, the braille pattern without dots, is a symbol in Unicode and looks blank.
_VISIBLE = regex.compile(r"[^\s\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800]")


def count_characters(text: str) -> int:
    """Return the number of characters as a person counts them (extended grapheme clusters)."""
    # \X alone takes quadratic time on a sequence of flags.
    return len(regex.findall(r"\X", _FLAG.sub("x", text)))


def normalize_unicode(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str, *, limit: int) -> str:
    """
    Return text in a Unicode normal form; text of more than `limit` characters is returned unchanged.

    A sequence of combining marks takes quadratic time, 12 seconds for 80 kB, and some letters decompose into marks
    only by normalization, so that only a limit on the length helps. Callers must check the length of longer text.
    """
    return unicodedata.normalize(form, text) if len(text) <= limit else text  # noqa: TID251 - bounded


def is_too_deep(data: Any) -> bool:
    """Return whether this JSON is nested deeper than JSON_MAX_DEPTH, which recursive functions may not survive."""
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
    """Return whether this JSON has a lone surrogate, which databases refuse and responses cannot encode."""
    return bool(_SURROGATE.search(json.dumps(data, ensure_ascii=False)))


def is_storable(data: Any) -> bool:
    """Return whether every database accepts this JSON; PostgreSQL refuses NUL in text."""
    return not is_too_deep(data) and not has_surrogates(data) and "\\u0000" not in json.dumps(data)


def normalize_text(text: str) -> str:
    """Normalize text: line feeds, Unicode NFC, no surrounding white space, at most one empty line in a row."""
    text = _LINE_BREAK.sub("\n", text)
    if not _LONG_RUN_OF_MARKS.search(text):
        text = unicodedata.normalize("NFC", text)  # noqa: TID251 - no sequence is long, and only marks become marks
    text = "\n".join(line.rstrip(_SPACES) for line in text.split("\n"))
    return _MANY_LINE_BREAKS.sub("\n\n", text).strip(_SPACES + "\n")


def validate_no_control_characters(text: str) -> None:
    """Refuse control characters and lone surrogates, except NUL, which Django's form fields refuse."""
    if found := _CONTROL.search(text):
        raise ValidationError(
            _("The invisible character %(character)s at position %(position)d is not allowed. Please remove it."),
            code="control_character",
            params={"character": f"U+{ord(found[0]):04X}", "position": found.start() + 1},
        )


def validate_marks(text: str) -> None:
    """Refuse more than 8 marks on one letter, which would overlap the lines above and below."""
    if _PILED_MARKS.search(text):
        raise ValidationError(
            _("The letters of this text carry too many accents or joined signs. Please remove some."),
            code="piled_marks",
        )


def validate_visible(text: str) -> None:
    """Refuse text without a visible character: spaces, fillers, invisible characters, accents without a letter."""
    if not _VISIBLE.search(text):
        raise ValidationError(
            _("This text has no visible characters. Please write at least one."),
            code="invisible",
        )


@deconstructible
class MaxCharactersValidator:
    """
    Refuse text of more than `limit` characters as a person counts them.

    Also refuse more than `limit` * CODE_POINTS_PER_CHARACTER code points, and examine only these, so that the time is
    bounded.
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
