"""The direction of values inside a translated sentence, which keep theirs and turn nothing around them."""

from __future__ import annotations

from typing import Any

import regex
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_bidi

# Unicode's isolates (UAX 9): what stands between them is laid out by itself, in the direction of its first letter.
# Characters rather than <bdi>, because values also stand in titles, attributes and text mails.
FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}\p{Bidi_Class=AN}]")


def isolate(value: object) -> str:
    """
    Return a value, safe HTML stays safe, isolated from the direction of the sentence that it is put into.

    Nothing is added where nothing can turn around: to a left-to-right value in a left-to-right language.
    """
    text = value if isinstance(value, str) else str(value)
    if not text or not (get_language_bidi() or _RIGHT_TO_LEFT.search(text)):
        return text
    isolated = f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"
    return mark_safe(isolated) if isinstance(text, SafeString) else isolated  # noqa: S308 - it was safe before


def isolated(**values: object) -> dict[str, Any]:
    """Return what `%` puts into a translated sentence: numbers as they are, all else isolated."""
    return {name: value if isinstance(value, int) else isolate(value) for name, value in values.items()}
