"""What people type into the search field, as something every engine understands, and what of a text it matches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape

import regex
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from microblog.core.text import normalize_unicode
from posts.rendering import TAG
from search.text import cut, tag_facet

# What a query may hold; more of it is not looked at, and the page says so.
MAX_LENGTH = 500
MAX_TERMS = 20

_QUOTES = str.maketrans("“”„«»「」『』＂", '""""""""""')
_PART = regex.compile(
    r'(?<!\S)(?P<minus>-)?(?:"(?P<phrase>[^"]*)"(?!\S)|from:[@＠]?(?P<author>[\w.\-]+)(?!\S)|(?P<word>\S+))',
    regex.IGNORECASE,
)
_ELEMENT = regex.compile(r"(<[^>]*>)")


@dataclass(frozen=True)
class Term:
    """
    Tokens that follow each other in a text; of the last one only the beginning where `is_prefix`.

    A facet is a token outside the text, such as "#news" or "from:12".
    """

    tokens: tuple[str, ...]
    is_prefix: bool = False

    @property
    def is_facet(self) -> bool:
        return self.tokens[0].startswith(("#", "from:"))


@dataclass(frozen=True)
class Query:
    """
    All the terms that a text must have, those it must not have, and the names of its author, likewise.

    Of the terms `any_of` it must have one: they stand for the authors once these are known.
    """

    terms: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()
    any_of: tuple[Term, ...] = ()
    authors: tuple[str, ...] = ()
    excluded_authors: tuple[str, ...] = ()
    # Whether it was longer than what is looked at.
    is_cut: bool = False

    def __bool__(self) -> bool:
        return bool(self.terms or self.authors)


def parse(text: str) -> Query:
    """
    Understand `"a phrase"`, `-word`, `from:name` and `#tag`; whatever is nothing of the kind is plain words.

    A query that only excludes is one too: there the minus is taken for a dash.
    """
    whole = text.replace("\0", " ").strip()
    text = normalize_unicode("NFC", whole[:MAX_LENGTH].translate(_QUOTES), limit=MAX_LENGTH)
    wanted: list[Term] = []
    excluded: list[Term] = []
    authors: list[str] = []
    excluded_authors: list[str] = []
    for part in _PART.finditer(text):
        if part["author"]:
            (excluded_authors if part["minus"] else authors).append(part["author"])
        else:
            terms = excluded if part["minus"] else wanted
            tag = TAG.fullmatch(part["word"] or "")
            terms += [Term((tag_facet(tag["tag"]),))] if tag else _terms(part["phrase"] or part["word"] or "")
    if not wanted and not authors:
        wanted, excluded = excluded, []
        authors, excluded_authors = excluded_authors, []
    wanted, excluded = list(dict.fromkeys(wanted)), list(dict.fromkeys(excluded))
    authors, excluded_authors = list(dict.fromkeys(authors)), list(dict.fromkeys(excluded_authors))
    lists = (wanted, excluded, authors, excluded_authors)
    is_cut = len(whole) > MAX_LENGTH or any(len(part) > MAX_TERMS for part in lists)
    terms, unwanted, names, unwanted_names = (tuple(part[:MAX_TERMS]) for part in lists)
    return Query(terms, unwanted, authors=names, excluded_authors=unwanted_names, is_cut=is_cut)


def _terms(text: str) -> Iterator[Term]:
    """Turn words that follow each other into terms; a run of characters without spaces ends one."""
    tokens: list[str] = []
    for piece in cut(text):
        if piece.is_run and len(piece.tokens) == 1:
            if tokens:
                yield Term(tuple(tokens))
            yield Term((piece.tokens[0],), is_prefix=True)
            tokens = []
        elif piece.is_run:
            yield Term((*tokens, *piece.tokens[:-1]))
            tokens = []
        else:
            tokens += piece.tokens
    if tokens:
        yield Term(tuple(tokens))


def highlight(text: str, query: Query) -> SafeString:
    """Return a text as HTML in which what the query looks for is marked."""
    parts, position = [], 0
    for start, end in _hits(text, query.terms):
        if end > position:
            parts += [escape(text[position:start]), "<mark>", escape(text[max(start, position) : end]), "</mark>"]
            position = end
    return mark_safe("".join([*parts, escape(text[position:])]))  # noqa: S308 - every text in it is escaped


def highlight_html(html: str, query: Query) -> SafeString:
    """Mark what the query looks for in HTML that is safe and has elements without nested quotes, as bodies have."""
    parts = _ELEMENT.split(html)
    parts[::2] = [highlight(unescape(part), query) for part in parts[::2]]
    return mark_safe("".join(parts))  # noqa: S308 - elements were safe before, texts are escaped


def _hits(text: str, terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Find where a text has the terms: (start, end) by rising start."""
    found = [(token, *span) for piece in cut(text) for token, span in zip(piece.tokens, piece.spans, strict=True)]
    hits = []
    for term in terms:
        if term.is_facet:
            hits += [tag.span() for tag in TAG.finditer(text) if tag_facet(tag["tag"]) == term.tokens[0]]
            continue
        length, last = len(term.tokens), term.tokens[-1]
        for place in range(len(found) - length + 1):
            (token, start, end), tokens = found[place + length - 1], [entry[0] for entry in found[place:][:length]]
            if tuple(tokens) == term.tokens:
                hits.append((found[place][1], end))
            elif term.is_prefix and tuple(tokens[:-1]) == term.tokens[:-1] and token.startswith(last):
                hits.append((found[place][1], min(end, start + len(last))))
    return sorted(hits)
