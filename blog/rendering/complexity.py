"""
Refuse Markdown whose structure takes Python-Markdown much time.

Its parser tries every character that may begin something, and searches for the end of it: to the end of the paragraph
for brackets, to the end of the text for tags and fences. Each rule adds up these distances, so that its limit is one
of time, and no text that a person writes is near it. The measurements are in docs/decisions.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from microblog.core.exceptions import DomainError

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_BRACKETS = re.compile(r"\\.|[\[\]]|\]?\(|\)", re.DOTALL)
_HEADING = re.compile(r"^(?:[ >\t]*#.*|[-=*_ \t>]+)$", re.MULTILINE)
_FENCE = re.compile(r"^(`{3,}|~{3,})(.*)$", re.MULTILINE)
_LONG_RUN = re.compile(r"`{20,}")
_TAG = re.compile(r"<[a-zA-Z/!?]")
_INDENTED = re.compile(r"\n[ \t]*\n(?: {4}|\t)")
_NESTING = re.compile(r"^[ \t]*(?:(?:>|[-+*]|\d{1,9}\.)[ \t]*){30}", re.MULTILINE)
_FOOTNOTE = re.compile(r"\[\^([^\]\n]{0,200})\]")


class TooComplex(DomainError):
    """A text is refused, because rendering it would take too long. The message says what to change."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message, field="body")


class Rule(NamedTuple):
    """A limit on what a text may cost."""

    cost: Callable[[str], int]
    limit: int
    message: Promise


def check_complexity(source: str) -> None:
    """Raise TooComplex for Markdown that takes more than some tenths of a second to render."""
    for rule in RULES:
        if rule.cost(source) > rule.limit:
            raise TooComplex(rule.message)


def _brackets(source: str) -> int:
    """Return the distances from each bracket, and parenthesis of a link, to its end or that of the paragraph."""
    return sum(
        len(block) - start if end is None else end - start
        for block in _BLANK_LINES.split(source)
        for start, end in _pairs(block)
    )


def _pairs(block: str) -> Iterator[tuple[int, int | None]]:
    open_at: dict[str, list[int]] = {"]": [], ")": []}
    for found in _BRACKETS.finditer(block):
        sign = found[0][-1]
        if found[0].startswith("\\"):
            continue
        if found[0] == "](" and open_at["]"]:
            start = open_at["]"].pop()
            yield start, found.start()
        if sign in "[(":
            open_at["]" if sign == "[" else ")"].append(found.start())
        elif open_at[sign]:
            yield open_at[sign].pop(), found.start()
    for starts in open_at.values():
        yield from ((start, None) for start in starts)


def _headings(source: str) -> int:
    """Return the distances from each heading or rule to the end of its paragraph."""
    return sum(
        len(block) - found.start() for block in _BLANK_LINES.split(source) for found in _HEADING.finditer(block)
    )


def _fences(source: str) -> int:
    """Return the distances from each fence to the next that closes it, or the end of the text."""
    closed_at: dict[str, int] = {}
    total = 0
    for found in reversed(list(_FENCE.finditer(source))):
        run = found[1]
        # A fence that is not closed is also tried as each shorter one.
        total += (closed_at.get(run, len(source)) - found.start()) * (len(run) - 2)
        if not found[2].strip():
            closed_at[run] = found.start()
    return total


def _tags(source: str) -> int:
    """Return the distances from each tag to the next end of a tag, or the end of the text."""
    total, end = 0, len(source)
    ends = [found.start() for found in re.finditer(">", source)]
    for found in reversed(list(_TAG.finditer(source))):
        while ends and ends[-1] > found.start():
            end = ends.pop()
        total += end - found.start()
    return total


def _footnotes(source: str) -> int:
    """Return how many pairs of references to the same footnote there are: each is compared with the others."""
    return sum(count * count for count in Counter(_FOOTNOTE.findall(source)).values())


RULES = [
    Rule(
        lambda source: len(_NESTING.findall(source)),
        0,
        _("Quotes and lists are nested too deeply here. Please use fewer levels."),
    ),
    Rule(
        _brackets,
        400_000,
        _("Too many brackets in this text are never closed. Please close or remove some, or put them into code."),
    ),
    Rule(
        _headings,
        10_000_000,
        _("Too many headings and lines follow each other. Please put empty lines between some of them."),
    ),
    Rule(
        _fences,
        10_000_000,
        _("Too many code blocks in this text are never closed. Please close them with the signs that open them."),
    ),
    Rule(
        _tags,
        4_000_000,
        _("Too many HTML tags in this text are never closed. Please complete or remove some, or put them into code."),
    ),
    Rule(
        lambda source: len(_TAG.findall(source)),
        4_000,
        _("This text has more than 4,000 HTML tags. Please use Markdown, or split it into several texts."),
    ),
    Rule(
        lambda source: source.count("|"),
        20_000,
        _("The tables of this text have more than 20,000 cells. Please split it into several texts."),
    ),
    Rule(
        lambda source: len(_FENCE.findall(source)),
        1_000,
        _("This text has more than 500 code blocks. Please split it into several texts."),
    ),
    Rule(
        lambda source: len(_INDENTED.findall(source)),
        4_000,
        _("This text has more than 4,000 indented paragraphs. Please split it into several texts."),
    ),
    Rule(
        lambda source: source.count("\\"),
        20_000,
        _("This text has more than 20,000 backslashes. Please remove some, or put them into code."),
    ),
    Rule(
        lambda source: len(_LONG_RUN.findall(source)),
        20,
        _("Too many long rows of the sign ` are in this text. Please remove some of them."),
    ),
    Rule(
        lambda source: len(_FOOTNOTE.findall(source)),
        4_000,
        _("This text has more than 2,000 footnotes. Please split it into several texts."),
    ),
    Rule(
        _footnotes,
        100_000,
        _("Too many references lead to the same footnote. Please remove some of them."),
    ),
]
