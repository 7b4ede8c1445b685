"""The form of an entry: its toolbar and its preview."""

import hashlib
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from blog.models import BODY_MAX_LENGTH, TITLE_MAX_LENGTH, Entry
from blog.tests.factories import EntryFactory
from blog.tests.hostile import HOSTILE, find_dangers
from posts.models import Post

pytestmark = pytest.mark.django_db
PREVIEW = "/blog/preview"
COMPONENT = "blog/markdown-toolbar-element-2.2.3"


def preview(client, **form):
    response = client.post(PREVIEW, form)
    assert response.status_code == 200
    return response.content.decode()


def test_component_is_the_released_one_with_its_licence():
    folder = Path(finders.find(COMPONENT))
    digest = "1f8dd41b82888cd538bdaf6d4a7bdd368271fb26b0c9942913e5b72fcbb1cf55"
    assert hashlib.sha256((folder / "index.js").read_bytes()).hexdigest() == digest
    assert "Permission is hereby granted, free of charge" in (folder / "LICENSE").read_text()


def test_toolbar_and_preview_are_on_forms_of_entries_only(ana_client, ana):
    url = EntryFactory(author=ana).get_absolute_url()
    for path in ("/blog/create/", f"{url}edit/", "/snippets/create/", "/blog/", url, "/"):
        page = ana_client.get(path).content.decode()
        for part in (COMPONENT, "blog/editor.js", "<markdown-toolbar", PREVIEW):
            assert (part in page) == path.endswith(("blog/create/", "edit/")), (path, part)


def test_labels_are_translated_and_name_each_button(ana_client):
    page = ana_client.get("/blog/create/").content.decode()
    buttons = re.findall(r"<button[^>]*data-md-button[^>]*>", page)
    labels = [re.search('aria-label="([^"]+)"', button)[1] for button in buttons]
    assert labels == [re.search('title="([^"]+)"', button)[1] for button in buttons]
    assert labels == ["Heading", "Bold", "Italic", "Quote", "Code", "Link", "List", "Numbered list"]


def test_preview_is_what_the_page_will_show(ana_client, ana):
    title = "El *tren* <b>nocturno</b>"
    body = "# Lisboa\n\nEl tren nocturno ha *vuelto* a Lisboa después de muchos años[^1].\n\n[^1]: Por fin.\n"
    shown = preview(ana_client, title=title, body=body, status=0, tags="a")
    assert not Entry.objects.exists() and not Post.objects.exists()
    ana_client.post("/blog/create/", {"title": title, "body": body, "status": 0})
    page = ana_client.get(Entry.objects.get().get_absolute_url()).content.decode()
    prose = r'<div class="mb-prose".*?<em>vuelto</em>.*?</div>\s*</div>'
    assert re.search(prose, shown, re.DOTALL)[0] == re.search(prose, page, re.DOTALL)[0]
    assert 'lang="es"' in shown
    heading = r'mb-article__title" dir="auto" lang="es">(.*?)<'
    assert re.search(heading, shown)[1] == re.search(heading, page)[1] == "El *tren* &lt;b&gt;nocturno&lt;/b&gt;"


def test_hostile_text_is_sanitised(ana_client, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS} | {"edit_blog": "10000/m/user"}
    for source in HOSTILE:
        shown = preview(ana_client, title=source[:50], body=source)
        if "mb-prose" in shown:
            prose = re.search(r'<div class="mb-prose"[^>]*>(.*)</div>\s*</div>\s*$', shown, re.DOTALL)[1]
            assert find_dangers(prose) == []


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"body": "  \n"}, "This text has no visible characters."),
        ({"body": "[" * 90_000}, "Too many brackets in this text are never closed."),
        ({"body": "x" * (BODY_MAX_LENGTH + 1)}, "at most 100000 characters"),
        ({"body": "a", "title": "x" * (TITLE_MAX_LENGTH + 1)}, "100"),
        ({}, "There is nothing to preview yet."),
    ],
)
def test_refused_text_is_shown_its_reason(ana_client, form, message):
    shown = preview(ana_client, **form)
    assert message in shown and "mb-prose" not in shown


def test_title_may_come_later(ana_client):
    shown = preview(ana_client, title="", body="*a*")
    assert "<em>a</em>" in shown and "mb-article__title" not in shown


def test_previews_have_the_limit_of_edits(ana_client, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS} | {"edit_blog": "1/10m/user"}
    assert "<em>a</em>" in preview(ana_client, body="*a*")
    shown = preview(ana_client, body="*a*")
    assert "You have made many changes." in shown and "<em>" not in shown


def test_preview_needs_a_token():
    assert Client(enforce_csrf_checks=True).post(PREVIEW, {"body": "a"}).status_code == 403
