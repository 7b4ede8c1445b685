"""Highlight code with Pygments, within a limit of processor time."""

import time
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from pygments import format as format_tokens
from pygments.formatters import HtmlFormatter
from pygments.lexer import DelegatingLexer
from pygments.lexers import get_all_lexers, get_lexer_by_name, guess_lexer
from pygments.lexers.parsers import RagelEmbeddedLexer
from pygments.util import ClassNotFound

from blog.rendering.complexity import TooComplex

Token = tuple[Any, str]

PLAIN = "text"
# Seconds of processor time for the code of one text. What does not fit is shown without colours.
MAX_SECONDS = 0.3
# Seconds between two looks at it.
INTERVAL = 0.01
# Longest line that is highlighted. Within a line, some patterns of Pygments take quadratic time or worse, and lines as
# long are written by programs.
MAX_LINE = 1_000
# Most lines of one text, each of which becomes an element.
MAX_LINES = 10_000
# Longest code of lexers that read everything before they return a token: those that delegate to others, and that of
# Ragel in a host language, which took 1.3 s for 30,000 characters.
MAX_READ_AHEAD = 20_000
READ_AHEAD = (DelegatingLexer, RagelEmbeddedLexer)
# Characters of a text that decide about its language, and the least confidence in it.
GUESSED_LENGTH = 4_000
MIN_CONFIDENCE = 0.1
# Longest HTML of highlighted code: every token becomes an element.
MAX_HTML = 1_000_000


class OutOfTime(Exception):
    """Highlighting was abandoned, because it takes too long."""


class Deadline:
    """The end of the processor time that the code of one text may take."""

    def __init__(self, seconds: float = MAX_SECONDS) -> None:
        self._end = time.thread_time() + seconds
        self._asked_at = time.perf_counter()
        self._is_over = False

    @property
    def is_over(self) -> bool:
        # Processor time costs a system call, and no more of it has passed than time.
        now = time.perf_counter()
        if now - self._asked_at > INTERVAL:
            self._is_over, self._asked_at = time.thread_time() > self._end, now
        return self._is_over

    def limit(self, tokens: Iterable[Token]) -> Iterator[Token]:
        """Yield tokens, each of which Pygments finds when it is requested, or raise OutOfTime."""
        for token in tokens:
            if self.is_over:
                raise OutOfTime
            yield token


@cache
def lexer_names() -> dict[str, str]:
    """Return the name of each language by every alias that Pygments knows it by."""
    return {alias: name for name, aliases, *_ in get_all_lexers(plugins=False) for alias in aliases}


@cache
def lexer_choices() -> list[tuple[str, str]]:
    """Return (alias, name) of each language that Pygments knows, in the order of names."""
    choices = [(aliases[0], name) for name, aliases, *_ in get_all_lexers(plugins=False) if aliases]
    return sorted(choices, key=lambda choice: choice[1].casefold())


def guess_lexer_name(code: str) -> str:
    """Return the alias of the language that code seems to be in, PLAIN if undecided."""
    sample = code[:GUESSED_LENGTH]
    try:
        lexer = guess_lexer(sample)
    except ClassNotFound:
        return PLAIN
    is_clear = type(lexer).analyse_text(sample) >= MIN_CONFIDENCE
    return lexer.aliases[0] if is_clear and lexer.aliases else PLAIN


def render_code(code: str, lexer_name: str) -> SafeString:
    """
    Return code as HTML, whose text is the code as it was typed. The language is guessed if `lexer_name` is empty.

    Raises TooComplex for code of more than MAX_LINES lines.
    """
    check_lines(code)
    return format_html(
        '<div class="highlight" dir="ltr"><pre tabindex="0"><code>{}</code></pre></div>',
        highlight(code, lexer_name, Deadline()),
    )


def check_lines(code: str) -> None:
    """Raise TooComplex for code of more than MAX_LINES lines."""
    if code.count("\n") >= MAX_LINES:
        raise TooComplex(_("This text has more than 10,000 lines of code. Please split it into several texts."))


def highlight(code: str, lexer_name: str, deadline: Deadline) -> SafeString:
    """
    Return the lines of code as HTML, in colours if the language is known and the time suffices.

    Each line is an element, which the style sheet numbers: numbers in the text would be copied with it.
    """
    lines = (_highlighted(code, lexer_name, deadline) or escape(code)).split("\n")
    lines = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    return mark_safe("".join(f'<span class="line">{line}</span>' for line in lines if line))  # noqa: S308 - escaped


def _highlighted(code: str, lexer_name: str, deadline: Deadline) -> str | None:
    """Return the code as HTML without elements across lines, or None if it is to be shown without colours."""
    if deadline.is_over or _has_long_line(code):
        return None
    name = (lexer_name or guess_lexer_name(code)).lower()
    if name == PLAIN or name not in lexer_names():
        return None
    lexer = get_lexer_by_name(name, stripnl=False)
    if isinstance(lexer, READ_AHEAD) and len(code) > MAX_READ_AHEAD:
        return None
    try:
        tokens = list(deadline.limit(lexer.get_tokens(code)))
    except OutOfTime:
        return None
    # Some lexers replace or drop characters.
    if "".join(text for _kind, text in tokens).removesuffix("\n") != code.removesuffix("\n"):
        return None
    html = format_tokens(tokens, HtmlFormatter(nowrap=True))
    html = html if code.endswith("\n") else html.removesuffix("\n")
    return html if len(html) <= MAX_HTML else None


def _has_long_line(code: str) -> bool:
    return any(len(line) > MAX_LINE for line in code.split("\n"))
