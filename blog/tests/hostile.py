"""Hostile texts, and an inspector of what became of them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from blog.rendering.text import ID_PREFIX

HOSTILE = json.loads((Path(__file__).parent / "hostile.json").read_text())
TAGS = {
    *{"a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "dfn", "div", "dl"},
    *{"dt", "em", "figcaption", "figure", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "mark", "ol"},
    *{"p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td"},
    *{"tfoot", "th", "thead", "tr", "u", "ul", "var"},
}
ATTRIBUTES = {"class", "dir", "href", "id", "lang", "rel", "start", "tabindex", "title"}
CLASSES = {
    *("codehilite", "highlight", "line", "mb-text__table"),
    *("footnote", "footnote-ref", "footnote-backref", "text-left", "text-center", "text-right"),
}
# Pygments' classes of tokens.
TOKEN = re.compile(r"[a-z]{1,2}[a-z0-9]?(-[A-Za-z0-9-]+)?")


class Inspector(HTMLParser):
    """Collects what may not be in a text."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag not in TAGS or len(values) != len(attributes) or not set(values) <= ATTRIBUTES:
            self.found.append((tag, attributes))
        target = as_browsers_read(values.get("href") or "")
        if re.match(r"[a-z][a-z0-9+.-]*:", target) and not target.startswith(("http:", "https:", "mailto:")):
            self.found.append(target)
        if not (values.get("id") or ID_PREFIX).startswith(ID_PREFIX):
            self.found.append(values["id"])
        names = set((values.get("class") or "").split()) - CLASSES
        self.found += [name for name in names if not TOKEN.fullmatch(name)]

    def handle_decl(self, decl):
        self.found.append(decl)

    handle_comment = handle_pi = unknown_decl = handle_decl


def as_browsers_read(url):
    """Remove what the URL standard ignores: control characters and spaces at the ends, tabs and line breaks."""
    return re.sub(r"[\t\n\r]", "", url.strip("".join(map(chr, range(0x21))))).lower()


def find_dangers(html):
    """Return what sanitised HTML may not have: tags, attributes, URLs, ids and classes of others."""
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.found
