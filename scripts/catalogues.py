"""
Message catalogues: extraction, merging, compilation and checks.

Babel reads and writes them, so that no system package is needed. The template (.pot) is only in memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from gettext import c2py
from io import BytesIO
from itertools import chain
from pathlib import Path

from babel import Locale
from babel.messages import Catalog
from babel.messages import extract as babel_extract
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

# Arguments of the functions: a message, (singular, plural), (context, message) or (context, singular, plural).
_ARGUMENTS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_KEYWORDS = {name + lazy: arguments for name, arguments in _ARGUMENTS.items() for lazy in ("", "_lazy", "_noop")}
_NOT_SHOWN = {"tests", "migrations", "static"}
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[#0\- +]*[\d.]*([a-zA-Z%])?")
_TAG = re.compile(r"</?\w+")
# Enough numbers to distinguish plural forms of one number from those of many.
_NUMBERS = range(1000)


def extract() -> Catalog:
    """Collect every message of the site's own code and templates."""
    template = Catalog(project="Microblog", version="1.0", charset="utf-8")
    for path in sorted(_sources()):
        text = path.read_text(encoding="utf-8")
        name = str(path.relative_to(settings.BASE_DIR))
        if path.suffix != ".py":
            # In parentheses, where Python ignores indentation.
            text = f"({templatize(text, origin=name)})"
        found = babel_extract.extract(
            "python", BytesIO(text.encode()), _KEYWORDS, ["Translators:"], strip_comment_tags=True
        )
        for line, message, comments, context in found:
            template.add(message, locations=[(name, line)], auto_comments=comments, context=context)
    return template


def _sources() -> Iterator[Path]:
    for package in settings.BASE_DIR.glob("*/__init__.py"):
        folder = package.parent
        for path in chain(
            folder.rglob("*.py"), folder.rglob("templates/**/*.html"), folder.rglob("templates/**/*.txt")
        ):
            if not _NOT_SHOWN & set(path.relative_to(folder).parts):
                yield path


def catalogue_path(language: str) -> Path:
    """Return the path of a language's catalogue, such as locale/zh_Hans/LC_MESSAGES/django.po."""
    return settings.LOCALE_PATHS[0] / to_locale(language) / "LC_MESSAGES" / "django.po"


def catalogue_paths() -> list[Path]:
    """List the existing catalogues."""
    return sorted(settings.LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.po"))


def read(path: Path) -> Catalog:
    """Read a catalogue; raise PoFileError if it is malformed."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain="django", abort_invalid=True)


def write(catalogue: Catalog, path: Path) -> None:
    """Write a catalogue without line numbers, which would change with every edit of the code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue, width=116, include_lineno=False)


def new(template: Catalog, language: str) -> Catalog:
    """Make an empty catalogue of a language from a template; raise UnknownLocaleError for an unknown language."""
    locale = Locale.parse(to_locale(language))
    catalogue = Catalog(
        locale=locale,
        project=template.project,
        version=template.version,
        header_comment=f"# What Microblog says in {locale.english_name}.",
        revision_date=template.creation_date,
        fuzzy=False,
    )
    # Babel writes placeholders for these.
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    catalogue.update(template)
    return catalogue


def merge(catalogue: Catalog, template: Catalog) -> None:
    """Add new messages, keep translations, and mark unused messages as obsolete."""
    # The date of the extraction would change every file.
    template.creation_date = catalogue.creation_date
    catalogue.update(template)


def compile_catalogue(path: Path) -> None:
    """Write the .mo file that Django reads next to a catalogue, without fuzzy translations."""
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, read(path))


def problems(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """List missing, fuzzy and broken translations of a catalogue."""
    expected, forms = c2py(get_plural(catalogue.locale).plural_expr), c2py(catalogue.plural_expr)
    # The forms of a language may be numbered in another order.
    pairs = {(expected(number), forms(number)) for number in _NUMBERS}
    if not len(pairs) == len(dict(pairs)) == len({form for _, form in pairs}) == catalogue.num_plurals:
        yield f"wrong plural forms: {catalogue.plural_forms}"
        return
    for wanted in template:
        if not wanted.id:
            continue
        message = catalogue.get(wanted.id, wanted.context)
        quoted = repr(wanted.id[0] if wanted.pluralizable else wanted.id)
        if message is None or not any(_texts(message.string)):
            yield f"missing: {quoted}"
        elif message.fuzzy:
            yield f"fuzzy: {quoted}"
        else:
            yield from (f"{problem}: {quoted}" for problem in _flaws(message, catalogue))


def _texts(texts: str | Sequence[str] | None) -> tuple[str, ...]:
    return (texts or "",) if texts is None or isinstance(texts, str) else tuple(texts)


def _flaws(message: Message, catalogue: Catalog) -> Iterator[str]:
    strings, ids = _texts(message.string), _texts(message.id)
    if len(strings) != (catalogue.num_plurals if message.pluralizable else 1):
        yield f"{len(strings)} plural forms instead of {catalogue.num_plurals}"
        return
    form_of = c2py(catalogue.plural_expr)
    uses = Counter(map(form_of, _NUMBERS)) if message.pluralizable else Counter()
    wanted = _placeholders(ids[-1])
    for form, string in enumerate(strings):
        found = _placeholders(string)
        if not string:
            yield f"plural form {form} is missing"
        # "One post" needs no number; "%(count)d posts" does.
        elif found - wanted or (wanted - found and uses[form] != 1):
            yield "broken placeholders"
        elif Counter(_TAG.findall(string)) != Counter(_TAG.findall(ids[-1])) and uses[form] != 1:
            yield "other tags"


def _placeholders(text: str) -> set[tuple[str, str]]:
    return {found for found in _PLACEHOLDER.findall(text) if found != ("", "%")}
