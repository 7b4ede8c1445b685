"""
Text as it is searched: cut into tokens here, so that every engine finds the same.

Han, Kana, Hangul, Thai and their like put no space between words: runs of them become overlapping pairs of characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import regex

from microblog.core.text import normalize_unicode

# Longer words are cut, in texts and in queries alike.
MAX_TOKEN_LENGTH = 60
# More of a word is not looked at: decomposed, it would be longer than a token.
MAX_WORD_LENGTH = 4 * MAX_TOKEN_LENGTH

_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_PIECE = regex.compile(
    rf"(?P<run>[{_SPACELESS}][{_SPACELESS}\p{{M}}]*)"
    rf"|(?P<word>[[\p{{L}}\p{{N}}]--[{_SPACELESS}]][[\p{{L}}\p{{N}}\p{{M}}]--[{_SPACELESS}]]*)"
    r"|\p{Extended_Pictographic}|\p{Regional_Indicator}{2}",
    regex.V1,
)
_CHARACTER = regex.compile(r".\p{M}*", regex.DOTALL)
# Composing long runs of marks takes quadratic time, and no language stacks as many.
_PILED_MARKS = regex.compile(r"(\p{M}{8})\p{M}+")
# Elsewhere, as in Hindi or Thai, marks are vowels.
_ACCENTS = regex.compile(r"([\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}])\p{M}+")
_NOT_OF_A_TOKEN = regex.compile(r"[^\p{L}\p{M}\p{N}]|ـ")
# Letters of Arabic that people write one for the other.
_ALIKE = str.maketrans("ىةیکٱ", "يهيكا")


class Piece(NamedTuple):
    """A word, or a run of characters without spaces: its tokens, and where each stands in the text."""

    tokens: list[str]
    spans: list[tuple[int, int]]
    is_run: bool


def cut(text: str) -> Iterator[Piece]:
    """
    Cut a text into pieces.

    The run 搜索引擎 has the tokens 搜索 索引 引擎 擎: pairs, and its last character, so that each begins a token.
    """
    for found in _PIECE.finditer(text):
        if not found["run"]:
            if token := fold(found[0][:MAX_WORD_LENGTH]):
                yield Piece([token], [found.span()], is_run=False)
            continue
        characters = [(fold(c[0]), found.start() + c.start()) for c in _CHARACTER.finditer(found[0])]
        ends = [*(start for _character, start in characters[1:]), found.end()]
        following = [*zip((character for character, _start in characters[1:]), ends[1:], strict=True), ("", ends[-1])]
        tokens, spans = [], []
        for (character, start), (next_character, end) in zip(characters, following, strict=True):
            tokens.append(character + next_character)
            spans.append((start, end))
        yield Piece(tokens, spans, is_run=True)


def tokenize(text: str) -> str:
    """Return the tokens of a text, with a space between any two."""
    if text.isascii():
        return " ".join(word[:MAX_TOKEN_LENGTH] for word in _ASCII_WORD.findall(text.lower()))
    return " ".join(token for piece in cut(text) for token in piece.tokens)


_ASCII_WORD = regex.compile(r"[a-z0-9]+")


@lru_cache(maxsize=2**14)
def fold(word: str) -> str:
    """Return the form in which spellings of a word are equal: without case, accents and width."""
    if word.isascii():
        return word.lower()[:MAX_TOKEN_LENGTH]
    if not word[0].isalnum():
        return word  # a pictograph
    word = normalize_unicode("NFKD", _PILED_MARKS.sub(r"\1", word), limit=MAX_WORD_LENGTH).casefold()
    # One character can be decomposed into 18.
    word = normalize_unicode("NFC", _ACCENTS.sub(r"\1", word), limit=18 * MAX_WORD_LENGTH).translate(_ALIKE)
    return _NOT_OF_A_TOKEN.sub("", word)[:MAX_TOKEN_LENGTH]
