"""Hostile texts: nothing of hostile.json acts, loads or passes the sanitiser."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from blog.rendering import render_code, render_markdown
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
        # Browsers ignore these signs in a URL.
        target = re.sub(r"[\x00-\x20]", "", values.get("href") or "").lower()
        if re.match(r"[a-z][a-z0-9+.-]*:", target) and not target.startswith(("http:", "https:", "mailto:")):
            self.found.append(target)
        if not (values.get("id") or ID_PREFIX).startswith(ID_PREFIX):
            self.found.append(values["id"])
        names = set((values.get("class") or "").split()) - CLASSES
        self.found += [name for name in names if not TOKEN.fullmatch(name)]

    def handle_decl(self, decl):
        self.found.append(decl)

    handle_comment = handle_pi = unknown_decl = handle_decl


def find_dangers(html):
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.found


def test_inspector_finds_dangers():
    assert len(HOSTILE) == len(set(HOSTILE)) >= 300
    assert find_dangers("<p>a<b id=text-a>b</b> <a href='https://a.example/'>c</a></p>") == []
    for html in (
        "<img src=x>",
        "<b onclick=x>",
        "<a href=' javascript:x'>",
        "<b id=content>",
        "<!-- a -->",
        "<p class=navbar>",
    ):
        assert find_dangers(html), html


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_hostile_passes(source):
    assert find_dangers(render_markdown(source)) == []


@pytest.mark.parametrize("lexer_name", ["", "html", "php", "python", "text", '"><script>window.pwned=1</script>'])
def test_nothing_hostile_passes_in_code(lexer_name):
    for source in HOSTILE:
        assert find_dangers(render_code(source, lexer_name)) == []
        fence = f"````{lexer_name}\n{source}\n````"
        assert find_dangers(render_markdown(fence)) == []


@pytest.mark.browser
def test_no_script_runs_without_the_policy(browser, live_server):
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    html = "".join(f"<section>{render_markdown(source)}</section>" for source in HOSTILE)
    code = "".join(render_code(source, "html") for source in HOSTILE)
    page.set_content(f"<!DOCTYPE html><main>{html}{code}</main>", wait_until="load")
    page.evaluate(
        """() => {
          for (const element of document.querySelectorAll("main *")) {
            element.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
            element.dispatchEvent(new FocusEvent("focus"));
            if (/^(javascript|data|vbscript):/.test(element.protocol)) element.click();
          }
        }"""
    )
    assert page.evaluate("window.pwned") is None
    assert page.locator("section").count() == len(HOSTILE)
    assert [url for url in requested if not url.startswith("about:")] == []
    context.close()
