"""Hostile texts: nothing of hostile.json acts, loads or passes the sanitiser."""

import pytest

from blog.rendering import render_code, render_markdown
from blog.tests.hostile import HOSTILE, find_dangers


def test_inspector_finds_dangers():
    assert len(HOSTILE) == len(set(HOSTILE)) >= 300
    assert find_dangers("<p>a<b id=text-a>b</b> <a href='https://a.example/'>c</a></p>") == []
    for html in (
        "<img src=x>",
        "<b onclick=x>",
        "<a href=' javascript:x'>",
        "<a href='java\tscript:x'>",
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
