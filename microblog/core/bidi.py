"""Isolation of values in translated sentences, so that their direction does not affect the sentence."""

from __future__ import annotations

from typing import Any

import regex
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_bidi

# Unicode's isolates (UAX 9): the text between them is laid out separately, in the direction of its first letter.
# Characters rather than <bdi>, because values also occur in titles, attributes and plain text mail.
FIRST_STRONG_ISOLATE, POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}\p{Bidi_Class=AN}]")


def isolate(value: object) -> str:
    """
    Return a value isolated from the direction of its sentence; safe HTML stays safe.

    A left-to-right value in a left-to-right language is returned as it is.
    """
    text = value if isinstance(value, str) else str(value)
    if not text or not (get_language_bidi() or _RIGHT_TO_LEFT.search(text)):
        return text
    isolated = f"{FIRST_STRONG_ISOLATE}{text}{POP_DIRECTIONAL_ISOLATE}"
    return mark_safe(isolated) if isinstance(text, SafeString) else isolated  # noqa: S308 - it was safe before


def isolated(**values: object) -> dict[str, Any]:
    """Return the values to interpolate into a translated sentence: numbers as they are, all others isolated."""
    return {name: value if isinstance(value, int) else isolate(value) for name, value in values.items()}
