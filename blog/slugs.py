"""Slugs: the part of a URL that is made from a title, or from the name of a tag."""

from __future__ import annotations

import itertools
from collections.abc import Container

from django.utils.text import slugify

# Of the column; a slug made from a title is shorter, so that its URL fits in a post.
SLUG_MAX_LENGTH = 100
_MADE_LENGTH = 60
# Parts of the blog's URLs, now or in the future.
RESERVED = frozenset(
    {
        *("archive", "author", "create", "delete", "drafts", "edit", "feed", "index", "latest", "new", "page"),
        *("preview", "search", "tag", "tags"),
    }
)


def make_slug(text: str, *, default: str) -> str:
    """Return a slug of at most 60 letters, digits, hyphens and underscores of any script, cut after a word."""
    slug = slugify(text, allow_unicode=True)
    if len(slug) > _MADE_LENGTH:
        slug = slug[: _MADE_LENGTH + 1].rpartition("-")[0] or slug[:_MADE_LENGTH]
    return slug.strip("-_") or default


def first_free(slug: str, taken: Container[str]) -> str:
    """Return the slug, or the first of slug-2, slug-3 and so on, that is neither taken nor reserved."""
    numbered = (f"{slug}-{number}" for number in itertools.count(2))
    return next(free for free in itertools.chain([slug], numbered) if free not in taken and free not in RESERVED)
