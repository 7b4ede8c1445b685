"""Confusable usernames, and usernames of mixed scripts (Unicode Technical Standard 39)."""

from __future__ import annotations

from functools import cache

import regex
from confusable_homoglyphs.categories import unique_aliases
from confusable_homoglyphs.utils import load

from microblog.core.text import normalize_unicode

# More than a username of 64 letters with each letter decomposed and replaced.
MAX_LENGTH = 1000

# Tatweel, which stretches the letter before it, in Arabic and N'Ko.
TATWEEL = r"\u0640\u07FA\u0883-\u0885"
_UNSEEN = regex.compile(rf"[\p{{Default_Ignorable_Code_Point}}{TATWEEL}]")
# A combining dot on i or j, which have one already.
_HIDDEN_DOT = regex.compile(r"(?<=\p{Soft_Dotted})\u0307")
_COMMON = r"\p{scx=Common}\p{scx=Inherited}"
_JAPANESE, _CHINESE, _KOREAN = r"\p{scx=Hira}\p{scx=Kana}", r"\p{scx=Bopo}", r"\p{scx=Hang}"
# Scripts that are written together.
_TOGETHER = regex.compile(
    "|".join(rf"[{_COMMON}\p{{scx=Latn}}\p{{scx=Hani}}{script}]+" for script in (_JAPANESE, _CHINESE, _KOREAN))
)


def skeleton(username: str) -> str:
    """
    Return the skeleton of a username, which is equal for two usernames that are confusable.

    A capital letter looks like other letters than its small form, so letters are replaced by those they look like
    both before and after case folding.
    """
    return _replace_confusables(_replace_confusables(normalize_unicode("NFKC", username, limit=MAX_LENGTH)).casefold())


def mixes_scripts(username: str) -> bool:
    """Tell whether a username mixes scripts that are not written together (below the level "highly restrictive")."""
    scripts = unique_aliases(username) - {"COMMON", "INHERITED"}
    is_of_one = (regex.fullmatch(rf"[{_COMMON}\p{{scx={script}}}]+", username) for script in scripts)
    return bool(scripts) and not any(is_of_one) and not _TOGETHER.fullmatch(username)


def _replace_confusables(text: str) -> str:
    text = _HIDDEN_DOT.sub("", normalize_unicode("NFD", _UNSEEN.sub("", text), limit=MAX_LENGTH))
    return normalize_unicode("NFD", text.translate(_prototypes()), limit=MAX_LENGTH)


@cache
def _prototypes() -> dict[int, str]:
    """
    Return a translation table from each confusable letter to its prototype, which is the same for all lookalikes.

    The package lists each pair of Unicode's table in both directions. A text that several letters look like, or that
    is longer than a letter, is a prototype; in other pairs it is the smaller letter. The package puts marks of
    direction around letters that are written from right to left.
    """
    pairs = {
        letter.strip("\u200e"): [pair["c"].strip("\u200e") for pair in alike]
        for letter, alike in load("confusables.json").items()
    }
    prototypes: dict[int, str] = {}
    for letter, alike in pairs.items():
        target = alike[0]
        is_source = len(letter) == 1 and len(alike) == 1
        if is_source and (len(target) > 1 or len(pairs[target]) > 1 or target < letter):
            prototypes[ord(letter)] = normalize_unicode("NFD", target, limit=MAX_LENGTH)
    return {letter: target.translate(prototypes) for letter, target in prototypes.items()}
