"""Render Markdown and code as HTML."""

from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe

RENDERER_VERSION = 1


def render_markdown(source: str) -> SafeString:
    return mark_safe(linebreaks(source, autoescape=True))  # noqa: S308 - escaped


def render_code(code: str, lexer_name: str) -> SafeString:
    del lexer_name
    return format_html('<div class="highlight"><pre tabindex="0">{}</pre></div>', code)


def guess_lexer_name(code: str) -> str:
    del code
    return "text"


def lexer_choices() -> list[tuple[str, str]]:
    return [("text", "Text only"), ("python", "Python")]
