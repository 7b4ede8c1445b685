"""The body of a post as HTML: links, mentions, #tags and line breaks; all else is text."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import regex
from django.utils.html import escape, format_html
from linkify_it import LinkifyIt
from linkify_it.main import Match

from accounts.validators import USERNAME_MAX_LENGTH, fold_username
from microblog.core.addresses import address

# Stored beside each rendered body; raise it when the HTML of the same text changes.
RENDERER_VERSION = 3

# Browsers and servers give up on longer addresses; the bound also keeps the search for links linear.
MAX_LINK_LENGTH = 2000

# Knows e-mail addresses and other schemes too, so that nothing inside them is taken for a mention.
_linkify = LinkifyIt()
# Scripts that put no space between words.
_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
# A link ends at white space, at characters that turn the direction of what follows (it could show another address
# than it leads to), and at the punctuation of scripts that put no space after it.
_BREAK = r"\s\p{Cc}\p{Bidi_Control}[[\p{Terminal_Punctuation}\p{Ps}\p{Pe}\p{Pi}\p{Pf}]--\p{ASCII}]"
_UNBROKEN = regex.compile(
    rf"[^{_BREAK}]+?(?:(?<=[{_SPACELESS}])(?=https?://)|(?=[{_BREAK}]|$))", regex.V1 | regex.IGNORECASE
)
_SCHEME = regex.compile(r"\Ahttps?://", regex.IGNORECASE)
# What is a link without a scheme. Two letters after a dot are a country's domain less often than the end of a file's
# name (README.md) or the next sentence (done.It): those want www. before them.
_BARE_LINK = regex.compile(
    r"\A(?:www\.|[^/?#:]+\.(?:aero|asia|biz|com|coop|edu|gov|info|museum|name|net|org|pro|shop|web|рф)(?![\w.-]))",
    regex.IGNORECASE,
)
# "https://example.org@example.com/" leads to example.com.
_USER_INFO = regex.compile(r"[^/?#]*@")
# Not inside an e-mail address or a path, and not the first half of a name on another site (@name@example.org).
_MENTION = regex.compile(
    rf"(?<![^\W{_SPACELESS}]|[@/])"
    r"@(?>([\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_.\-]*[\p{L}\p{M}\p{N}_])?))(?!@\w)"
)
# Not inside a word or a path, and with a letter in it: "#1" is a number.
TAG = regex.compile(r"(?<![\p{L}\p{M}\p{N}_&/#])#(?=[\p{N}_]*\p{L})([\p{L}\p{M}\p{N}_]{1,100}+)(?![\p{L}\p{M}\p{N}_])")
_MENTION_OR_TAG = regex.compile(f"{_MENTION.pattern}|{TAG.pattern}")
# In these scripts the name may be the first of several words: @keikoさん.
_FIRST_WORD = regex.compile(rf"\p{{Han}}+|[\p{{Hiragana}}\p{{Katakana}}]+|\p{{Hangul}}+|[^{_SPACELESS}]+")


def find_mentions(body: str) -> set[str]:
    """Find every name that may be mentioned, as written, whether or not somebody has it."""
    return {
        name
        for start, end, href in _split(body)
        if href is None
        for mention in _MENTION.finditer(body, start, end)
        for name in _possible_names(mention[1])
    }


def find_tags(body: str) -> set[str]:
    """Find every #tag, as written, without its sign."""
    return {tag[1] for start, end, href in _split(body) if href is None for tag in TAG.finditer(body, start, end)}


def render_body(body: str, *, mention_urls: Mapping[str, str]) -> str:
    """
    Turn text into safe HTML of nothing but `a` and `br` elements; a #tag leads to the search for it.

    `mention_urls` has the address of each person mentioned under fold_username() of their name; other names stay
    text.
    """
    parts: list[str] = []
    for start, end, href in _split(body):
        if href is None:
            parts += _link_mentions_and_tags(body, start, end, mention_urls)
        elif href:
            text = _SCHEME.sub("", body[start:end], count=1)
            parts.append(format_html('<a href="{}" rel="nofollow ugc noopener" dir="ltr">{}</a>', href, text))
        else:
            parts.append(escape(body[start:end]))
    return "".join(parts).replace("\n", "<br>")


def _split(body: str) -> Iterator[tuple[int, int, str | None]]:
    """Cut a body into text (None), links (their address) and addresses that are not linked ('')."""
    position = 0
    for unbroken in _UNBROKEN.finditer(body):
        if len(unbroken[0]) > MAX_LINK_LENGTH or not {".", ":"} & set(unbroken[0]):
            continue
        for match in _linkify.match(unbroken[0]) or ():
            start, end = unbroken.start() + match.index, unbroken.start() + match.last_index
            yield position, start, None
            yield start, end, _address(match)
            position = end
    yield position, len(body), None


def _address(match: Match) -> str:
    if not match.schema:
        return f"https://{match.raw}" if _BARE_LINK.match(match.raw) else ""
    scheme = _SCHEME.match(match.raw)
    return match.raw if scheme and not _USER_INFO.match(match.raw, scheme.end()) else ""


def _link_mentions_and_tags(body: str, start: int, end: int, mention_urls: Mapping[str, str]) -> Iterator[str]:
    for found in _MENTION_OR_TAG.finditer(body, start, end):
        if found[2]:
            yield escape(body[start : found.start()])
            yield format_html(
                '<a href="{}?q=%23{}" dir="auto">#{}</a>', address("search:search"), quote(found[2]), found[2]
            )
            start = found.end()
            continue
        for name in _possible_names(found[1]):
            if url := mention_urls.get(fold_username(name)):
                yield escape(body[start : found.start()])
                yield format_html('<a href="{}" dir="auto">@{}</a>', url, name)
                start = found.start(1) + len(name)
                break
    yield escape(body[start:end])


def _possible_names(name: str) -> list[str]:
    """Give the whole name and, where other words may follow without a space, the first of them."""
    names = dict.fromkeys([name, _FIRST_WORD.match(name)[0].rstrip(".-")])
    return [name for name in names if len(name) <= USERNAME_MAX_LENGTH]
