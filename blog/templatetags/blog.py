"""Template tags of the blog."""

from __future__ import annotations

from functools import cache

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from blog.kinds import ENTRIES, Kind
from blog.models import Publication
from blog.rendering import lexer_choices, number_ids, render_code, render_markdown
from microblog.core.bidi import isolated
from microblog.core.performance.urls import cached_reverse

register = template.Library()

register.filter("markdown", render_markdown)
register.filter("number_ids", number_ids)


@register.filter
def pygments(code: str, lexer_name: str = "") -> str:
    """Return code as highlighted HTML, `{{ code|pygments:"python" }}`; the language is guessed unless it is named."""
    return render_code(code, lexer_name)


@register.simple_tag
def page_url(kind: Kind | Publication, page: str, *args: str) -> str:
    """Return the URL of a page of entries or snippets, of which `kind` may be one."""
    return cached_reverse(f"{kind.namespace}:{page}", *args)


@cache
def _languages() -> dict[str, str]:
    return dict(lexer_choices())


@register.filter
def code_language(lexer_name: str) -> str:
    """Return the name of the language of a snippet, as people know it."""
    return _languages().get(lexer_name, lexer_name)


@register.simple_tag
def list_title(kind: Kind, *, person: User | None = None, tag: str = "", is_drafts: bool = False) -> str | Promise:
    """Return the title of a list."""
    if person:
        text = _("Entries by %(username)s") if kind is ENTRIES else _("Snippets by %(username)s")
        return text % isolated(username=person.username)
    if tag:
        return _("Entries about #%(tag)s") % isolated(tag=tag)
    return _("Your drafts") if is_drafts else kind.title
