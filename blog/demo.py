"""Write the entries and snippets of the demo community."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import User
from blog.models import Entry, Publication, Snippet
from blog.services import create_publication
from blog.slugs import make_slug

CONTENT = Path(__file__).with_name("demo_content.toml")


def write_demo(people: Mapping[str, User]) -> None:
    """Write the texts of those of the authors that are among `people`, by their keys."""
    content = tomllib.loads(CONTENT.read_text(encoding="utf-8"))
    for text in content["entries"]:
        _write(Entry, text, people, tags=[make_slug(tag, default="") for tag in text["tags"]])
    for text in content["snippets"]:
        _write(Snippet, text, people, lexer_name=text["lexer_name"])


def _write(
    model: type[Publication], text: dict[str, Any], people: Mapping[str, User], tags: Any = (), **fields: Any
) -> None:
    author = people.get(text["author"])
    if author:
        publication = model(author=author, title=text["title"], body=text["body"].strip("\n"), **fields)
        create_publication(publication, tags=tags, created_at=timezone.now() - timedelta(days=text["days_ago"]))
