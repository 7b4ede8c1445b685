"""Markdown and code as HTML."""

import random
import re
from functools import partial
from html import unescape
from itertools import pairwise

import pytest
from django.template import Context, Template
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from blog.rendering import TooComplex, guess_lexer_name, lexer_choices, render_code, render_markdown
from blog.tests.hostile import find_dangers
from tests.helpers.cost import calibrate, least_seconds

SIZE = 100_000
# A processor second of a machine where the calibration takes 14 ms, and the slowest text 0.7 s.
SECOND = max(1, calibrate() / 0.014)
CODE = "\n\tdef f(x):\n    return '<b>' & x\n\n\n"
PYTHON = "import os\n\n\ndef main():\n    return os.environ['A'] if x < 1 else \"b\"\n"


def repeated(text, size=SIZE):
    return (text * (size // len(text) + 1))[:size]


def text_of(html):
    return unescape(strip_tags(html))


class TestMarkdown:
    def test_tables_footnotes_and_fences_are_rendered(self):
        html = render_markdown("| a |\n|--:|\n| b |\n\nc[^1]\n\n[^1]: d\n\n```python\nx = 1\n```\n")
        assert '<th class="text-right">a</th>' in html
        assert '<a class="footnote-ref" href="#text-fn:1"' in html and '<li id="text-fn:1">' in html
        assert '<div class="codehilite" dir="ltr">' in html and '<span class="mi">1</span>' in html

    def test_indented_code_is_code(self):
        assert text_of(render_markdown("a\n\n    <b>\n        c\n")).strip() == "a\n<b>\n    c"

    def test_extensions_are_a_setting(self, settings):
        settings.MARKDOWN_EXTENSIONS = ["abbr"]
        html = render_markdown("*[HTML]: Hypertext\n\nHTML\n\n| a |\n|---|\n| b |\n")
        assert '<abbr title="Hypertext">HTML</abbr>' in html and "<table" not in html

    def test_headings_are_below_the_title_of_the_page(self):
        html = render_markdown("# a\n\n## b\n\n###### c\n\n### d\n\n# e")
        levels = [("2", "a", "2"), ("3", "b", "3"), ("4", "c", "4"), ("4", "d", "4"), ("2", "e", "2")]
        assert re.findall(r"<h(\d)>(\w)</h(\d)>", html) == levels
        nested = "\n\n".join(f"{'#' * level} {level}" for level in range(1, 7))
        assert re.findall(r"<h(\d)>", render_markdown(nested)) == ["2", "3", "4", "5", "6", "6"]

    @given(st.lists(st.integers(1, 6)))
    def test_no_level_of_headings_is_skipped(self, levels):
        html = render_markdown("\n\n".join(f"<h{level}>a</h{level}>" for level in levels))
        found = [1, *map(int, re.findall(r"<h(\d)>a</h\1>", html))]
        assert len(found) == len(levels) + 1
        assert all(1 < level <= above + 1 for above, level in pairwise(found))

    def test_images_are_links(self):
        html = render_markdown('![a "b"](https://a.example/c.png) [![d](/e.png)](https://f.example/)')
        assert '<a href="https://a.example/c.png" rel="nofollow ugc noopener">a &quot;b&quot;</a>' in html
        assert '<a href="https://f.example/" rel="nofollow ugc noopener">d</a>' in html
        assert "<img" not in html

    def test_links_do_not_vouch_for_their_target(self):
        assert 'rel="nofollow ugc noopener"' in render_markdown("[a](https://a.example/)")

    def test_harmless_html_is_kept(self):
        source = "<details><summary>a</summary><kbd>b</kbd></details>"
        assert render_markdown(source).strip() == source

    def test_code_of_html_is_highlighted_as_it_was_written(self):
        html = render_markdown("<pre><code class='language-python'>x = '&lt;b&gt;'</code></pre>")
        assert 'class="codehilite"' in html and text_of(html).strip() == "x = '<b>'"


class TestCode:
    @pytest.mark.parametrize("lexer_name", [alias for alias, _name in lexer_choices()])
    def test_code_copies_as_it_was_typed(self, lexer_name):
        for code in (CODE, CODE.strip(), "a", "\n", "\n\n a \n"):
            assert text_of(render_code(code, lexer_name)) == code

    def test_fenced_code_copies_as_it_was_typed(self):
        assert text_of(render_markdown(f"```python\n{CODE}```")) == CODE

    def test_each_line_is_an_element(self):
        assert render_code("a\n\n'''b\nc'''", "python").count('<span class="line">') == 4

    def test_language_is_guessed_if_not_said(self):
        assert guess_lexer_name(PYTHON) == "python"
        assert guess_lexer_name("#!/bin/bash\necho a") == "bash"
        assert guess_lexer_name("Good morning.") == "text"
        assert render_code(PYTHON, "") == render_code(PYTHON, "python") != render_code(PYTHON, "text")
        assert 'class="kn"' in render_markdown(f"```\n{PYTHON}```")

    def test_unknown_language_is_plain(self):
        assert render_code(PYTHON, "no such language") == render_code(PYTHON, "text")

    def test_every_language_can_be_chosen(self):
        aliases, names = zip(*lexer_choices(), strict=True)
        assert len(set(aliases)) == len(aliases) > 500
        assert ("python", "Python") in lexer_choices() and list(names) == sorted(names, key=str.casefold)


def test_filters_render_markdown_and_code():
    template = Template('{% load blog %}{{ a|markdown }}{{ b|pygments:"python" }}{{ b|pygments }}')
    html = template.render(Context({"a": "*a*<script>", "b": "import os"}))
    assert "<em>a</em>" in html and html.count('<span class="kn">import</span>') >= 1
    assert find_dangers(html) == []


# Each begins something that is not ended, or nests it.
HARD = [
    *("[", "[a](", "![", "[^a", "[a][b", "*", "*a ", "**a *b ", "***a ", "_a", "`", "` ", "`a``b", "\\", "\\*"),
    *("<", "<b>", "<a b=", '<a b=">', "<div>", "<div>\n\n", "<!--", "<?", "<![CDATA[", "</b>", "<http://a ", "<a@b> "),
    *(
        ">",
        "> ",
        ">\t",
        "- ",
        "1. ",
        "- > ",
        "* * ",
        "    ",
        "\t",
        "\n",
        "- a\n",
        "1. a\n\n",
        "> a\n\n",
        "    a\n\nb\n\n",
    ),
    *(
        "```\n",
        "```a\nb\n",
        "````\n```\n",
        "~~~\n",
        "```python\n",
        "# a\n",
        "a\n=\n",
        "***\n",
        "|",
        "|a|b|\n",
        "a|b\n-|-\n",
    ),
    *("[^1] ", "[^a]: [^a] ", "[^1]: a\n", "[a]: b\n", "&", "&amp;", '"`', "a", "a b ", "*[a]: b\n", "mix*_`[<&"),
]


def render_or_refuse(source):
    """Render a text, or return the reason for which it is refused."""
    try:
        render_markdown(source)
    except TooComplex as refusal:
        return refusal
    return None


@pytest.mark.parametrize("token", HARD)
def test_hard_text_is_rendered_quickly_or_refused_with_a_reason(token):
    nested = "".join(f"{'  ' * depth}- {token}\n" for depth in range(300))
    reasons = []
    rows = "".join(token * count + "\n" for count in range(440))
    for source in (repeated(token), nested[:SIZE], rows[:SIZE], (token * 50_000)[: SIZE // 2] + "a" * (SIZE // 2)):
        seconds, reason = least_seconds(partial(render_or_refuse, source), SECOND)
        assert seconds < SECOND
        reasons += [reason] if reason else []
    assert all(len(str(reason.message)) > 40 and reason.field == "body" for reason in reasons)


@pytest.mark.parametrize("seed", range(5))
def test_mixed_text_is_rendered_quickly_or_refused(seed):
    chosen = random.Random(seed).choices(HARD, k=SIZE // 3)
    source = "".join(chosen)[:SIZE]
    seconds, _reason = least_seconds(partial(render_or_refuse, source), SECOND)
    assert seconds < SECOND


def test_long_text_of_a_person_is_rendered():
    paragraph = (
        '## A heading\n\nSome *words* with [a link](https://a.example/ "b"), `code` and a [^{0}].\n\n[^{0}]: Note.\n\n'
    )
    fence = (
        "```python\n" + PYTHON * 5 + "```\n\n- a\n    - b [c](d)\n\n| a | b |\n|---|---|\n| [c](d) | e |\n\n> f\n\n"
    )
    source = "".join(paragraph.format(number) + fence for number in range(190))
    assert 90_000 < len(source) <= SIZE
    seconds, html = least_seconds(partial(render_markdown, source), 3 * SECOND)
    assert seconds < 3 * SECOND
    assert html.count("<h2>") == 190


HARD_CODE = [
    "/*\n",
    "(\n",
    "<a \n",
    '"a\n',
    "{{\n",
    "'''\n",
    "\\\n",
    "<!--\n",
    "<<A\n",
    "#{\n",
    "a" * 900 + "\n",
    " " * 90_000,
]


@pytest.mark.parametrize(
    "lexer_name", ["", "python", "html", "php", "javascript", "perl", "ruby", "rst", "html+php", "c++", "ragel-em"]
)
def test_hard_code_is_rendered_quickly(lexer_name):
    for token in HARD_CODE:
        code = "\n".join(repeated(token).split("\n")[:9_000])
        seconds, html = least_seconds(partial(render_code, code, lexer_name), SECOND)
        assert seconds < SECOND
        assert text_of(html) == code


def test_too_many_lines_of_code_are_refused_with_a_reason():
    with pytest.raises(TooComplex, match="10,000 lines"):
        render_code("\n" * 10_000, "python")
    with pytest.raises(TooComplex, match="10,000 lines"):
        render_markdown("```\n" + "a\n" * 10_000 + "```")
