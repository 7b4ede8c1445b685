"""
Tokenize text here rather than in the engines, so that every engine finds the same.

Han, Kana, Hangul, Thai and similar scripts have no spaces between words: runs of them become overlapping bigrams.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import regex

from microblog.core.text import normalize_unicode

# Longer words are truncated, in texts and in queries.
MAX_TOKEN_LENGTH = 60
# The rest of a word is ignored: decomposed, it would be longer than a token.
MAX_WORD_LENGTH = 4 * MAX_TOKEN_LENGTH
# Tokens of a long text, and their characters: a `tsvector` has room for 16,383 positions and 1 MB.
MAX_TOKENS = 15_000
MAX_CHARACTERS = 100_000

# Digits of these scripts are words, as digits are everywhere.
_SPACELESS = r"[[\p{Han}\p{Hiragana}\p{Katakana}ー\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]--\p{Decimal_Number}]"
# Invisible characters in a word. ZWNJ is one after a mark, where it shapes the letters of India; elsewhere, as in
# Persian, it separates the parts of a word, which are written with a space too.
_INVISIBLE = r"(?:[\p{Default_Ignorable_Code_Point}--[\p{L}\p{M}\u200c]]|(?<=\p{M})\u200c)"
_PIECE = regex.compile(
    # The beginning of a URL that differs between links to one page.
    rf"(?P<prefix>(?<![[\p{{L}}\p{{M}}\p{{N}}]--{_SPACELESS}])(?i:https?://(?:www\.)?|www\.)(?=[\p{{L}}\p{{N}}]))"
    rf"|(?P<run>{_SPACELESS}(?:[{_SPACELESS}\p{{M}}]|{_INVISIBLE}++(?={_SPACELESS}))*)"
    rf"|(?P<word>[[\p{{L}}\p{{N}}]--{_SPACELESS}]"
    rf"(?:[[\p{{L}}\p{{N}}\p{{M}}]--{_SPACELESS}]|{_INVISIBLE}++(?=[[\p{{L}}\p{{N}}\p{{M}}]--{_SPACELESS}]))*)"
    r"|\p{Extended_Pictographic}|\p{Regional_Indicator}{2}",
    regex.V1,
)
_CHARACTER = regex.compile(rf".(?:\p{{M}}|{_INVISIBLE})*", regex.DOTALL | regex.V1)
# Composing long runs of marks takes quadratic time, and no language stacks as many.
_PILED_MARKS = regex.compile(r"(\p{M}{8})\p{M}+")
# Elsewhere, as in Hindi or Thai, marks are vowels.
_ACCENTS = regex.compile(r"([\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}])\p{M}+")
_NOT_OF_A_TOKEN = regex.compile(r"[^\p{L}\p{M}\p{N}]|ـ|\p{Default_Ignorable_Code_Point}")
_DIGIT = regex.compile(r"[\p{Decimal_Number}--[0-9]]", regex.V1)
_BASE = regex.compile(r"LATIN SMALL LETTER ([A-Z]{1,2}|DOTLESS [IJ])(?: WITH .*)?")
# Letters that are written for each other: in Arabic, and in Latin those that Unicode does not decompose, replaced as
# their names indicate (ł: L WITH STROKE) or as they are commonly transcribed.
_ALIKE = {
    **str.maketrans("ىةیکٱ", "يهيكا"),
    **{
        code: name[1].split()[-1].lower()
        for code in range(0xC0, 0x2B0)
        if (name := _BASE.fullmatch(unicodedata.name(chr(code), "")))
    },
    **str.maketrans({"œ": "oe", "þ": "th", "ð": "d", "ŋ": "n"}),
}


class Piece(NamedTuple):
    """A word, or a run of a script without spaces: its tokens, and the (start, end) of each in the text."""

    tokens: list[str]
    spans: list[tuple[int, int]]
    is_run: bool


def segment(text: str) -> Iterator[Piece]:
    """
    Yield the pieces of a text.

    The run 搜索引擎 has the tokens 搜索 索引 引擎 擎: bigrams, and its last character alone.
    """
    for found in _PIECE.finditer(text):
        if found["prefix"]:
            continue
        if not found["run"]:
            if token := fold(found[0][:MAX_WORD_LENGTH]):
                yield Piece([token], [found.span()], is_run=False)
            continue
        every = ((fold(c[0]), found.start() + c.start()) for c in _CHARACTER.finditer(found[0]))
        characters = [(character, start) for character, start in every if character]
        if not characters:
            continue  # only fillers
        ends = [*(start for _character, start in characters[1:]), found.end()]
        following = [*zip((character for character, _start in characters[1:]), ends[1:], strict=True), ("", ends[-1])]
        tokens, spans = [], []
        for (character, start), (next_character, end) in zip(characters, following, strict=True):
            tokens.append(character + next_character)
            spans.append((start, end))
        yield Piece(tokens, spans, is_run=True)


def tokenize(text: str) -> str:
    """Return the tokens of a text, separated by spaces."""
    if text.isascii():
        text = text.lower()
        if "://" in text or "www." in text:
            text = _ASCII_PREFIX.sub(" ", text)
        return " ".join(word[:MAX_TOKEN_LENGTH] for word in _ASCII_WORD.findall(text))
    return " ".join(token for piece in segment(text) for token in piece.tokens)


def tokenize_beginning(text: str) -> str:
    """Return as many tokens of a long text as every engine can store, separated by spaces."""
    tokens = tokenize(text).split()[:MAX_TOKENS]
    lengths = accumulate(len(token) + 1 for token in tokens)
    return " ".join(token for token, length in zip(tokens, lengths, strict=True) if length <= MAX_CHARACTERS)


_ASCII_WORD = regex.compile(r"[a-z0-9]+")
_ASCII_PREFIX = regex.compile(r"(?<![a-z0-9])(?:https?://(?:www\.)?|www\.)(?=[a-z0-9])")


@lru_cache(maxsize=2**14)
def fold(word: str) -> str:
    """Return a word without case, accents, width and invisible characters, equal for all its spellings."""
    if word.isascii():
        return word.lower()[:MAX_TOKEN_LENGTH]
    if not word[0].isalnum():
        return word  # a pictograph
    word = normalize_unicode("NFKD", _PILED_MARKS.sub(r"\1", word), limit=MAX_WORD_LENGTH).casefold()
    # One character can be decomposed into 18.
    word = normalize_unicode("NFC", _ACCENTS.sub(r"\1", word), limit=18 * MAX_WORD_LENGTH).translate(_ALIKE)
    # `regex` knows digits of newer versions of Unicode than Python does: these stay as they are.
    word = _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit[0], digit[0])), word)
    return _NOT_OF_A_TOKEN.sub("", word)[:MAX_TOKEN_LENGTH]


# The facet of posts that are replies.
IS_REPLY = "is:reply"


def tag_facet(tag: str) -> str:
    """Return the facet of texts with a #tag, which may be a slug."""
    return f"#{fold(tag.replace('_', '').replace('-', ''))}"
