"""How names look: which could be taken for one another, and which mix scripts (Unicode Technical Standard 39)."""

from __future__ import annotations

from functools import cache

import regex
from confusable_homoglyphs.categories import unique_aliases
from confusable_homoglyphs.utils import load

from microblog.core.text import normalize_unicode

# A name of 64 letters, each of them decomposed and replaced, is shorter.
MAX_LENGTH = 1000

# Tatweel, which only stretches the letter before it, in Arabic and N'Ko.
TATWEEL = r"\u0640\u07FA\u0883-\u0885"
_UNSEEN = regex.compile(rf"[\p{{Default_Ignorable_Code_Point}}{TATWEEL}]")
# The dot of i and j stands where they have one already.
_HIDDEN_DOT = regex.compile(r"(?<=\p{Soft_Dotted})\u0307")
_COMMON = r"\p{scx=Common}\p{scx=Inherited}"
_JAPANESE, _CHINESE, _KOREAN = r"\p{scx=Hira}\p{scx=Kana}", r"\p{scx=Bopo}", r"\p{scx=Hang}"
# Scripts that people write together.
_TOGETHER = regex.compile(
    "|".join(rf"[{_COMMON}\p{{scx=Latn}}\p{{scx=Hani}}{script}]+" for script in (_JAPANESE, _CHINESE, _KOREAN))
)


def skeleton(username: str) -> str:
    """
    Return what two names have in common that could be taken for one another, as their owners write them.

    Capital letters look like other letters than small ones do, and both are one name: letters are replaced by those
    they look like before and after case folding.
    """
    return _replace_confusables(_replace_confusables(normalize_unicode("NFKC", username, limit=MAX_LENGTH)).casefold())


def mixes_scripts(username: str) -> bool:
    """Return whether a name is of scripts that are not written together, which is not "highly restrictive"."""
    scripts = unique_aliases(username) - {"COMMON", "INHERITED"}
    is_of_one = (regex.fullmatch(rf"[{_COMMON}\p{{scx={script}}}]+", username) for script in scripts)
    return bool(scripts) and not any(is_of_one) and not _TOGETHER.fullmatch(username)


def _replace_confusables(text: str) -> str:
    text = _HIDDEN_DOT.sub("", normalize_unicode("NFD", _UNSEEN.sub("", text), limit=MAX_LENGTH))
    return normalize_unicode("NFD", text.translate(_prototypes()), limit=MAX_LENGTH)


@cache
def _prototypes() -> dict[int, str]:
    """
    Return for each letter that looks like another text that text, the same for all that look alike.

    The package lists the pairs of Unicode's table in both directions: what several letters look like, or is longer
    than a letter, is what the table leads to; of other pairs the smaller letter is taken. It puts marks of direction
    around letters that are written from right to left.
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
