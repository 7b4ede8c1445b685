"""Render the body of a post as HTML: links, mentions, #tags and line breaks; everything else is text."""

from collections.abc import Container, Iterator, Mapping
from urllib.parse import quote

import regex
from django.utils.html import escape, format_html

from accounts.validators import USERNAME_MAX_LENGTH, fold_username
from microblog.core.links import SPACELESS, find_links, link
from microblog.core.performance.urls import cached_reverse

# Stored with each rendered body. Raise it when the HTML of the same text changes.
RENDERER_VERSION = 4

# Not inside an email address or a path, and not the first half of a name on another site (@name@example.org).
_MENTION = regex.compile(
    rf"(?<![^\W_{SPACELESS}]_*|[@＠/])"
    r"(?P<at>[@＠])(?>(?P<name>[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_.\-]*[\p{L}\p{M}\p{N}_])?))(?![@＠]\w)"
)
NUMBER_SIGNS = "#＃﹟"
_OF_TAG = r"\p{L}\p{M}\p{N}_"
# Characters that join the parts of a word in several scripts, and invisible ones: none of them ends a tag.
_JOINERS = (
    r"\u00b7\u05be\u05f3\u05f4\u0f0b\u2027\u30a0\u30fb\uff65"
    r"[\p{Default_Ignorable_Code_Point}--\p{Bidi_Control}--\p{L}--\p{M}]"
)
# Not inside a word or a path, and with a letter in it: "#1" is a number.
TAG = regex.compile(
    rf"(?<![{_OF_TAG}&/{NUMBER_SIGNS}])(?P<sign>[{NUMBER_SIGNS}])(?=[\p{{N}}_{_JOINERS}]*\p{{L}})"
    rf"(?P<tag>[{_OF_TAG}](?:[{_OF_TAG}]|[{_JOINERS}]++(?=[{_OF_TAG}])){{0,99}}+)(?![{_JOINERS}]*+[{_OF_TAG}])",
    regex.V1,
)
_MENTION_OR_TAG = regex.compile(f"{_MENTION.pattern}|{TAG.pattern}", regex.V1)
# In these scripts the name may be the first of several words: @keikoさん.
_FIRST_WORD = regex.compile(rf"\p{{Han}}+|[\p{{Hiragana}}\p{{Katakana}}]+|\p{{Hangul}}+|[^{SPACELESS}]+")


def find_mentions(body: str) -> set[str]:
    """Return every name that a body may mention, as written, whether or not a user has it."""
    return {name for mention in _mentions(body) for name in _possible_names(mention)}


def mentioned_names(body: str, known: Container[str]) -> set[str]:
    """Return those of the known names that a body mentions, each folded by fold_username()."""
    return {key for mention in _mentions(body) if (key := fold_username(_first_known(mention, known)))}


def find_tags(body: str) -> set[str]:
    """Return every #tag, as written, without its number sign."""
    if set(NUMBER_SIGNS).isdisjoint(body):
        return set()
    return {tag["tag"] for start, end, url in _split(body) if url is None for tag in TAG.finditer(body, start, end)}


def render_body(body: str, *, mention_urls: Mapping[str, str]) -> str:
    """
    Return a text as safe HTML with no elements but `a` and `br`. A #tag links to the search for it.

    `mention_urls` maps each folded username to the URL of its user, or "" if the user's account was deleted; other
    names stay text.
    """
    parts: list[str] = []
    for start, end, url in _split(body):
        if url is None:
            parts += _link_mentions_and_tags(body, start, end, mention_urls)
        else:
            parts.append(link(body[start:end], url) if url else escape(body[start:end]))
    return "".join(parts).replace("\n", "<br>")


def _split(body: str) -> Iterator[tuple[int, int, str | None]]:
    """Yield (start, end, url) of the parts of a body: links as find_links() finds them, and text with the url None."""
    position = 0
    for start, end, url in find_links(body):
        yield position, start, None
        yield start, end, url
        position = end
    yield position, len(body), None


def _mentions(body: str) -> Iterator[str]:
    for start, end, url in _split(body):
        if url is None:
            yield from (mention["name"] for mention in _MENTION.finditer(body, start, end))


def _link_mentions_and_tags(body: str, start: int, end: int, mention_urls: Mapping[str, str]) -> Iterator[str]:
    for found in _MENTION_OR_TAG.finditer(body, start, end):
        if found["tag"]:
            url, shown = f"{cached_reverse('search:search')}?q=%23{quote(found['tag'])}", found[0]
        else:
            name = _first_known(found["name"], mention_urls)
            url, shown = mention_urls.get(fold_username(name), ""), found["at"] + name
        if url:
            yield escape(body[start : found.start()])
            yield format_html('<a href="{}" dir="auto">{}</a>', url, shown)
            start = found.start() + len(shown)
    yield escape(body[start:end])


def _first_known(name: str, known: Container[str]) -> str:
    return next((name for name in _possible_names(name) if fold_username(name) in known), "")


def _possible_names(name: str) -> list[str]:
    """
    Return the usernames that a mention may start with, the longest first.

    For `ana-san` these are `ana-san` and `ana`: "-", "_" and "." are punctuation too. In scripts without spaces
    between words, the first word is one of them.
    """
    name = name[: USERNAME_MAX_LENGTH + 1]
    ends = {len(name), *(place for place, character in enumerate(name) if character in "_.-")}
    names = {name[:end].rstrip(".-") for end in ends} | {_FIRST_WORD.match(name)[0].rstrip(".-")}
    return sorted((name for name in names if 0 < len(name) <= USERNAME_MAX_LENGTH), key=len, reverse=True)
