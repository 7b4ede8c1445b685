"""Links in text that users type."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import regex
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from linkify_it import LinkifyIt

# Browsers and servers refuse longer URLs; the limit also keeps the search for links linear.
MAX_LINK_LENGTH = 2000

# Scripts that put no space between words.
SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
# Finds email addresses and other schemes too, so that no part of them becomes a link or a mention.
_linkify = LinkifyIt()
# A link ends at white space; at invisible characters, such as those that change the direction (which could make it
# show another URL than its own), except joiners of letters; and at punctuation of scripts that put no space after it.
_BREAK = (
    r"\s\p{Cc}\p{Bidi_Control}[\p{Default_Ignorable_Code_Point}--\p{M}--[\u200c\u200d]]"
    r"[[\p{Terminal_Punctuation}\p{Ps}\p{Pe}\p{Pi}\p{Pf}]--\p{ASCII}]"
)
_UNBROKEN = regex.compile(
    rf"[^{_BREAK}]+?(?:(?<=[_~`|^{SPACELESS}])(?=https?://)|(?=[{_BREAK}]|$))", regex.V1 | regex.IGNORECASE
)
# A quick test: every URL and email address matches, and most texts do not.
_IN_EVERY_LINK = regex.compile(r"[.:]\S")
_SCHEME = regex.compile(r"\Ahttps?://", regex.IGNORECASE)
# A host may also contain underscores, and the signs that RFC 5892 allows between letters of their script (IDN). A link
# that ended there would have another host.
_HOST = regex.compile(r"https?://[^/?#]*+", regex.IGNORECASE)
_SIGN_IN_HOST = regex.compile(
    r"(?<=l)\u00b7(?=l)|(?<=\p{Hebrew})[\u05f3\u05f4](?=\p{Hebrew})|(?<=[\p{Katakana}ー])\u30fb(?=\p{Katakana})",
    regex.IGNORECASE,
)
# Punctuation and marks of emphasis around a link.
_OUTSIDE = ".,:;!?*_~|`^…‥–—―"
# Links without a scheme. Two letters after a dot are more often the extension of a file (README.md) or the next
# sentence (done.It) than the domain of a country, which therefore requires "www.".
_BARE_LINK = regex.compile(
    r"\A(?:www\.|[^/?#:]+\.(?:aero|asia|biz|com|coop|edu|gov|info|museum|name|net|org|pro|shop|web|рф)(?![\w.-]))",
    regex.IGNORECASE,
)
# "https://example.org@example.com/" leads to example.com.
_USER_INFO = regex.compile(r"[^/?#]*@")


def find_links(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the start and end of each URL and email address, and its absolute URL, "" if it is not a link."""
    if not _IN_EVERY_LINK.search(text):
        return
    for unbroken in _UNBROKEN.finditer(text):
        if len(unbroken[0]) > MAX_LINK_LENGTH or not _IN_EVERY_LINK.search(unbroken[0]):
            continue
        # The same length, with characters that linkify-it accepts.
        known = _HOST.sub(lambda host: host[0].replace("_", "x"), unbroken[0]).replace("＠", "@")
        known = _SIGN_IN_HOST.sub("x", known)
        for match in _linkify.match(known) or ():
            start = unbroken.start() + match.index
            found = text[start : unbroken.start() + match.last_index].rstrip(_OUTSIDE)
            yield start, start + len(found), _url(found, has_scheme=bool(match.schema))


def _url(found: str, *, has_scheme: bool) -> str:
    if not has_scheme:
        return f"https://{found}" if _BARE_LINK.match(found) else ""
    scheme = _SCHEME.match(found)
    is_link = scheme and len(found) > scheme.end() and not _USER_INFO.match(found, scheme.end())
    return found if is_link else ""


def link(text: str, url: str) -> SafeString:
    """Return the HTML of a link to a URL of find_links(); its text has no scheme."""
    shown = _SCHEME.sub("", text, count=1)
    return format_html('<a href="{}" rel="nofollow ugc noopener" dir="ltr">{}</a>', url, shown)


def link_urls(text: str) -> SafeString:
    """Return text as safe HTML in which URLs are links."""
    parts, position = [], 0
    for start, end, url in find_links(text):
        if url:
            parts += [escape(text[position:start]), link(text[start:end], url)]
            position = end
    return mark_safe("".join([*parts, escape(text[position:])]))  # noqa: S308 - all parts are escaped


_replacements: list[Callable[[str], str]] = []


def replaces_links(function: Callable[[str], str]) -> Callable[[str], str]:
    """Register a function of an app that returns safe HTML with links to other sites replaced by ones to this site."""
    _replacements.append(function)
    return function


def link_within_site(safe: SafeString) -> SafeString:
    """Return safe HTML for a member, in which links lead to the pages that this site has about their subjects."""
    for replace in _replacements:
        safe = mark_safe(replace(safe))  # noqa: S308 - each function returns safe HTML
    return safe
