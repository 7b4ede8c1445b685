"""Parse search queries into a form that every engine understands, and highlight their matches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import regex
from django.db.models import QuerySet
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from microblog.core.text import normalize_unicode
from posts.rendering import TAG
from search.text import IS_REPLY, segment, tag_facet

# Limits of a query; the rest is ignored, and the page shows that.
MAX_LENGTH = 500
MAX_TERMS = 20
# Of an excerpt: its characters, those before its first match, and those of the text that are searched for one.
EXCERPT_LENGTH = 240
LEAD_LENGTH = 40
SEARCHED_LENGTH = 5_000

_QUOTES = str.maketrans("“”„«»「」『』＂", '""""""""""')
_PART = regex.compile(
    r'(?<!\S)(?:(?P<bookmarks>in:bookmarks)(?!\S)|(?P<minus>-)?(?:"(?P<phrase>[^"]*)"(?!\S)|(?P<reply>is:reply)(?!\S)'
    r"|from:[@＠]?(?P<author>[\w.\-]+)(?!\S)|(?P<word>\S+)))",
    regex.IGNORECASE,
)
_ELEMENT = regex.compile(r"(<[^>]*>)")


@dataclass(frozen=True)
class Term:
    """
    Consecutive tokens of a text; with `is_prefix` the last one is a prefix.

    A facet is a token outside the text, such as "#news", "from:12" or "is:reply".
    """

    tokens: tuple[str, ...]
    is_prefix: bool = False

    @property
    def is_facet(self) -> bool:
        return self.tokens[0].startswith(("#", "from:", IS_REPLY))


@dataclass(frozen=True)
class Query:
    """
    The terms and author names that a text must have, and those that it must not have.

    It must have at least one of the terms `any_of`: they replace the author names once these are resolved.
    """

    terms: tuple[Term, ...] = ()
    excluded: tuple[Term, ...] = ()
    any_of: tuple[Term, ...] = ()
    authors: tuple[str, ...] = ()
    excluded_authors: tuple[str, ...] = ()
    is_in_bookmarks: bool = False
    # The ids of the only documents that may match, not yet read; they replace `is_in_bookmarks`.
    within: QuerySet[Any, int] | None = None
    # Whether it exceeded MAX_LENGTH or MAX_TERMS.
    is_truncated: bool = False

    def __bool__(self) -> bool:
        return bool(self.terms or self.authors or self.is_in_bookmarks)


def parse(text: str) -> Query:
    """
    Parse `"a phrase"`, `-word`, `from:name`, `is:reply`, `in:bookmarks` and `#tag`; everything else is plain words.

    In a query that has only exclusions the minus is read as a dash.
    """
    whole = text.replace("\0", " ").strip()
    text = normalize_unicode("NFC", whole[:MAX_LENGTH].translate(_QUOTES), limit=MAX_LENGTH)
    wanted: list[Term] = []
    excluded: list[Term] = []
    authors: list[str] = []
    excluded_authors: list[str] = []
    is_in_bookmarks = False
    for part in _PART.finditer(text):
        if part["bookmarks"]:
            is_in_bookmarks = True
        elif part["author"]:
            (excluded_authors if part["minus"] else authors).append(part["author"])
        else:
            terms = excluded if part["minus"] else wanted
            tag = TAG.fullmatch(part["word"] or "")
            if part["reply"] or tag:
                terms.append(Term((IS_REPLY if tag is None else tag_facet(tag["tag"]),)))
            else:
                terms += _terms(part["phrase"] or part["word"] or "")
    if not wanted and not authors and not is_in_bookmarks:
        wanted, excluded = excluded, []
        authors, excluded_authors = excluded_authors, []
    wanted, excluded = list(dict.fromkeys(wanted)), list(dict.fromkeys(excluded))
    authors, excluded_authors = list(dict.fromkeys(authors)), list(dict.fromkeys(excluded_authors))
    lists = (wanted, excluded, authors, excluded_authors)
    is_truncated = len(whole) > MAX_LENGTH or any(len(part) > MAX_TERMS for part in lists)
    terms, unwanted, names, unwanted_names = (tuple(part[:MAX_TERMS]) for part in lists)
    return Query(
        terms,
        unwanted,
        authors=names,
        excluded_authors=unwanted_names,
        is_in_bookmarks=is_in_bookmarks,
        is_truncated=is_truncated,
    )


def _terms(text: str) -> Iterator[Term]:
    """Yield one term per group of consecutive words; a run of a script without spaces ends a term."""
    tokens: list[str] = []
    for piece in segment(text):
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
    """Return a text as HTML with the matches of the query in <mark>."""
    parts, position = [], 0
    for start, end in _hits(text, query.terms):
        if end > position:
            parts += [escape(text[position:start]), "<mark>", escape(text[max(start, position) : end]), "</mark>"]
            position = end
    return mark_safe("".join([*parts, escape(text[position:])]))  # noqa: S308 - every text in it is escaped


def excerpt(text: str, query: Query) -> SafeString:
    """Return the part of a long text around its first match, or its beginning, as highlight() does."""
    text, start, hits = " ".join(text.split()), 0, []
    for length in (EXCERPT_LENGTH, SEARCHED_LENGTH):
        hits = hits or _hits(text[:length], query.terms)
    if hits and hits[0][1] > EXCERPT_LENGTH - LEAD_LENGTH:
        # At the beginning of a word, if the script has spaces.
        start = text.find(" ", hits[0][0] - LEAD_LENGTH, hits[0][0]) + 1 or hits[0][0]
    end = start + EXCERPT_LENGTH
    if end < len(text):
        end = max(text.rfind(" ", end - LEAD_LENGTH, end), end - LEAD_LENGTH)
    part = highlight(text[start:end], query)
    return format_html("{}{}{}", "…" if start else "", part, "…" if end < len(text) else "")


def highlight_html(html: str, query: Query) -> SafeString:
    """Mark the matches of the query in safe HTML; attributes must not contain `>`, as in rendered bodies."""
    parts = _ELEMENT.split(html)
    parts[::2] = [highlight(unescape(part), query) for part in parts[::2]]
    return mark_safe("".join(parts))  # noqa: S308 - elements were safe before, texts are escaped


def _hits(text: str, terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Return the (start, end) of each match of the terms in a text, sorted by start."""
    found = [(token, *span) for piece in segment(text) for token, span in zip(piece.tokens, piece.spans, strict=True)]
    hits = []
    for term in terms:
        if term.is_facet:
            hits += [tag.span() for tag in TAG.finditer(text) if tag_facet(tag["tag"]) == term.tokens[0]]
            continue
        length, last = len(term.tokens), term.tokens[-1]
        for place in range(len(found) - length + 1):
            if not found[place][0].startswith(term.tokens[0]):
                continue
            token, start, end = found[place + length - 1]
            tokens = tuple(part[0] for part in found[place : place + length])
            if tokens == term.tokens:
                hits.append((found[place][1], end))
            elif term.is_prefix and tokens[:-1] == term.tokens[:-1] and token.startswith(last):
                hits.append((found[place][1], min(end, start + len(last))))
    return sorted(hits)
