"""Render Markdown as HTML that is safe on the site: Python-Markdown, then a sanitiser, then colours for code."""

import html
import re
from functools import cache

import nh3
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.util import ETX, STX

from blog.rendering.code import Deadline, check_lines, highlight, lexer_names
from blog.rendering.complexity import TooComplex, check_complexity

# Ids of texts begin with it, so that they cannot be taken for those of the page.
ID_PREFIX = "text-"
LINK_REL = "nofollow ugc noopener"
CLASSES = {"footnote", "footnote-ref", "footnote-backref"}
LANGUAGE_PREFIX = "language-"
ALIGNMENTS = {"left", "center", "right"}

# `codehilite` and the fences mark code, and blog.rendering.code adds the colours once the text is safe.
EXTENSION_CONFIGS = {
    "codehilite": {"use_pygments": False},
    # The title is not translated, since the HTML is the same for every reader.
    "footnotes": {"BACKLINK_TITLE": "{}"},
    "tables": {"use_align_attribute": True},
}

_BLOCKS = (
    "blockquote br caption dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre summary "
    "table tbody td tfoot th thead tr ul"
)
_PHRASES = "a abbr b cite code del dfn em i img ins kbd mark q s samp small span strong sub sup u var"
_ATTRIBUTES = {
    "*": {"dir", "id", "lang", "title"},
    "a": {"class", "href"},
    "code": {"class"},
    "div": {"class"},
    "img": {"alt", "src"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
}

# Neither HTML nor XML can contain these, and references such as "&#1;" may stand for them.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
# These search sanitised HTML, where "<" begins tags only: it is escaped in texts and in attributes.
_HEADING = re.compile(r"<(/?)h([1-6])\b")
_LINK_OR_IMAGE = re.compile(r"<a\b|</a>|<img\b[^>]*>")
_ATTRIBUTE = re.compile(r' (alt|src)="([^"]*)"')
_ALIGNED = re.compile(r'(<t[dh][^>]*) align="(\w+)"')
_CODE = re.compile(rf'<pre[^>]*><code(?: class="{LANGUAGE_PREFIX}([^"]+)")?[^>]*>([^<]*)</code></pre>')
_ID = re.compile(rf'(<[^<>]* (?:id="|href="#)){ID_PREFIX}')
_TABLE = re.compile(r"<(/?)table\b([^>]*)>")
_UNFINISHED = re.compile(r"<[^>]*\Z")


def render_markdown(source: str) -> SafeString:
    """Return Markdown as safe HTML. Raises TooComplex for a text that takes too long, with what to change."""
    check_complexity(source)
    extensions = [*settings.MARKDOWN_EXTENSIONS, KeepCode()]
    markdown = Markdown(extensions=extensions, extension_configs=_configs(), output_format="html")
    try:
        rendered = markdown.convert(source)
    except RecursionError:
        raise TooComplex(_("Quotes, lists or brackets are nested too deeply here. Please use fewer levels.")) from None
    safe = _UNPRINTABLE.sub("", _sanitizer().clean(rendered))
    return mark_safe(_finish(safe))  # noqa: S308 - sanitised, and changed by safe parts


def number_ids(safe: SafeString, number: int) -> SafeString:
    """Put a number into the ids of safe HTML, such as those of footnotes, for a page that has several texts."""
    return mark_safe(_ID.sub(rf"\g<1>{ID_PREFIX}{number}-", safe))  # noqa: S308 - only ids change


class KeepCode(Extension):
    """Keep the white space of fenced code: Python-Markdown replaces tabs and blank lines before it finds fences."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name is Python-Markdown's
        md.preprocessors.register(RemovePlaceholders(md), "normalize_whitespace", 30)
        # After the fences, whose priority is 25.
        md.preprocessors.register(NormalizeSpaces(md), "normalize_spaces", 24)


class RemovePlaceholders(Preprocessor):
    """Remove the signs that Python-Markdown marks its placeholders with, and end the text with an empty line."""

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines).replace(STX, "").replace(ETX, "")
        return [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), "", ""]


class NormalizeSpaces(Preprocessor):
    """Expand tabs, and empty the lines of spaces alone."""

    def run(self, lines: list[str]) -> list[str]:
        expanded = (line.expandtabs(self.md.tab_length) for line in lines)
        return [line if line.strip(" ") else "" for line in expanded]


def _configs() -> dict[str, dict[str, object]]:
    return {name: config for name, config in EXTENSION_CONFIGS.items() if name in settings.MARKDOWN_EXTENSIONS}


def html_to_text(markup: str) -> str:
    """Return the text of HTML that render_markdown() returned, or of its beginning."""
    # Without the tag that the cut may have left unfinished; a line break separates words.
    whole = _UNFINISHED.sub("", markup).replace("<br", " <br")
    return html.unescape(_stripper().clean(whole))


@cache
def _stripper() -> nh3.Cleaner:
    return nh3.Cleaner(tags=set())


@cache
def _sanitizer() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_BLOCKS.split()) | set(_PHRASES.split()),
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel=LINK_REL,
        id_prefix=ID_PREFIX,
    )


def _filter_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Return the value of an allowed attribute, or None to remove it."""
    if attribute == "class":
        names = (name for name in value.split() if _is_allowed(tag, name))
        return " ".join(names).lower() or None
    if attribute == "href" and value.startswith("#"):
        return f"#{ID_PREFIX}{value[1:]}"
    if attribute == "align":
        return value if value in ALIGNMENTS else None
    if attribute == "start":
        return value if value.isascii() and value.isdecimal() else None
    return value


def _is_allowed(tag: str, name: str) -> bool:
    """Return whether a class may be in a text: those of footnotes, and on code the languages that Pygments knows."""
    if tag == "code":
        return name.startswith(LANGUAGE_PREFIX) and name.removeprefix(LANGUAGE_PREFIX).lower() in lexer_names()
    return name in CLASSES


def _finish(safe: str) -> str:
    """Change safe HTML so that it fits into a page of the site."""
    safe = _level_headings(safe)
    safe = _ALIGNED.sub(r'\1 class="text-\2"', safe)
    safe = _TABLE.sub(_wrap_table, safe)
    return _highlight_code(_link_images(safe))


def _level_headings(safe: str) -> str:
    """Put the headings of the text below the title of the page, each one level below the one that it is under."""
    # The levels of the headings that a heading is under, as typed, and those of open elements.
    above: list[int] = []
    opened: list[int] = []

    def replace(tag: re.Match[str]) -> str:
        if not tag[1]:
            typed = int(tag[2])
            while above and above[-1] >= typed:
                above.pop()
            above.append(typed)
            opened.append(min(len(above) + 1, 6))
        return f"<{tag[1]}h{opened[-1] if not tag[1] else opened.pop()}"

    return _HEADING.sub(replace, safe)


def _wrap_table(tag: re.Match[str]) -> str:
    """Let a wide table scroll, with the keyboard too."""
    return "</table></div>" if tag[1] else f'<div class="mb-text__table" tabindex="0"><table{tag[2]}>'


def _link_images(safe: str) -> str:
    """Replace images by links: pages load nothing from other sites, which would learn who reads them."""
    is_in_link = False

    def replace(found: re.Match[str]) -> str:
        nonlocal is_in_link
        if not found[0].startswith("<img"):
            is_in_link = found[0] != "</a>"
            return found[0]
        image = dict(_ATTRIBUTE.findall(found[0]))
        source, text = image.get("src"), image.get("alt") or image.get("src", "")
        return f'<a href="{source}" rel="{LINK_REL}">{text}</a>' if source and not is_in_link else text

    return _LINK_OR_IMAGE.sub(replace, safe)


def _highlight_code(safe: str) -> str:
    deadline = Deadline()

    def replace(found: re.Match[str]) -> str:
        code = html.unescape(found[2])
        check_lines(code)
        return format_html(
            '<div class="codehilite" dir="ltr"><pre tabindex="0"><code>{}</code></pre></div>',
            highlight(code, found[1] or "", deadline),
        )

    return _CODE.sub(replace, safe)
