"""Turn Markdown and code into safe HTML."""

from blog.rendering.code import guess_lexer_name, lexer_choices, render_code
from blog.rendering.complexity import TooComplex
from blog.rendering.text import html_to_text, number_ids, render_markdown

# Stored with rendered HTML. Raise it when the HTML of the same source changes.
RENDERER_VERSION = 3

__all__ = [
    "RENDERER_VERSION",
    "TooComplex",
    "guess_lexer_name",
    "html_to_text",
    "lexer_choices",
    "number_ids",
    "render_code",
    "render_markdown",
]
