"""Entries and snippets in the archive of a user's data."""

import json

import pytest

from blog.models import Publication
from blog.services import hide_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from microblog.core.site_urls import absolute_url
from tests.helpers.exports import export_of

pytestmark = pytest.mark.django_db
DRAFT = Publication.Status.DRAFT
FOOTNOTE = "See below[^1].\n\n[^1]: Here."


def read_list(archive, name):
    return json.loads(archive.read(f"{name}.json"))[name]


def test_archive_has_sources_and_html_of_public_texts_and_drafts(susan, mod):
    entry = EntryFactory(author=susan, title="Tea <b>", body="The *best*\n\n- tea", tags=["tea", "cups"])
    EntryFactory(author=susan, title="Not yet", body="Only for me", status=DRAFT)
    snippet = SnippetFactory(author=susan, title="Loop", body="for x in y:\n\tprint(x)", lexer_name="python")
    hide_publication(snippet, actor=mod, reason="Rule 4.")
    EntryFactory(body="words of others")
    archive = export_of(susan)
    public, draft = read_list(archive, "entries")
    assert public | {"created_at": None, "published": None, "updated": None} == {
        "id": entry.pk,
        "url": absolute_url("entries:detail", entry.slug),
        "title": "Tea <b>",
        "status": "public",
        "tags": ["cups", "tea"],
        "language": entry.language or None,
        "body": "The *best*\n\n- tea",
        "html": entry.body_html,
        "created_at": None,
        "published": None,
        "updated": None,
    }
    assert public["published"] == public["created_at"]
    assert (draft["status"], draft["body"], draft["published"]) == ("draft", "Only for me", None)
    (code,) = read_list(archive, "snippets")
    assert (code["body"], code["language"], code["html"]) == (snippet.body, "python", snippet.body_html)
    page = archive.read("pages/entries-1.html").decode()
    assert "Tea &lt;b&gt;" in page
    assert "<em>best</em>" in page
    assert "Draft" in page
    page = archive.read("pages/snippets-1.html").decode()
    assert "Hidden from others: Rule 4." in page
    assert "Python" in page
    assert "words of others" not in "".join(archive.read(name).decode() for name in archive.namelist())


def test_pages_are_short_because_texts_can_be_long(susan):
    SnippetFactory.create_batch(11, author=susan)
    archive = export_of(susan)
    titles = [archive.read(f"pages/snippets-{page}.html").decode().count("<h2") for page in (1, 2)]
    assert titles == [10, 1]
    assert len(read_list(archive, "snippets")) == 11


def test_footnotes_of_texts_on_one_page_are_distinct(susan):
    entries = [EntryFactory(author=susan, body=FOOTNOTE) for _number in range(2)]
    page = export_of(susan).read("pages/entries-1.html").decode()
    for entry in entries:
        for anchor in ("fn:1", "fnref:1"):
            name = f"text-{entry.pk}-{anchor}"
            assert (page.count(f'id="{name}"'), page.count(f'href="#{name}"')) == (1, 1)
