"""Feeds of entries."""

from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from django.test import Client
from django.utils import timezone
from lxml import etree

from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from blog.models import PublicState
from blog.services import delete_publication, edit_publication, hide_publication, restore_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from blog.tests.hostile import HOSTILE, find_dangers

pytestmark = pytest.mark.django_db
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))
LATEST = "/latest.atom"


def read(url=LATEST):
    """Return a feed as a reader sees it; it is valid."""
    response = Client().get(url)
    assert (response.status_code, response["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    SCHEMA.assertValid(etree.fromstring(response.content))
    feed = feedparser.parse(response.content, sanitize_html=False)
    assert feed.bozo == 0
    return feed


def titles(url=LATEST):
    return [entry.title for entry in read(url).entries]


def test_feed_describes_itself_and_its_entries(settings):
    settings.SITE_URL = "https://blog.example"
    entry = EntryFactory(title="A & <b>", body="*a* [b](/c)", tags=["django"], author=UserFactory(username="ana"))
    feed = read()
    assert (feed.feed.title, feed.feed.author, feed.feed.id) == (
        "Latest Blog Posts",
        settings.SITE_NAME,
        "tag:blog.example,2026:entries",
    )
    assert {link.rel: link.href for link in feed.feed.links} == {
        "alternate": "https://blog.example/blog/",
        "self": f"https://blog.example{LATEST}",
    }
    found = feed.entries[0]
    assert found.id == f"tag:blog.example,2026:entry/{entry.pk}"
    assert found.link == f"https://blog.example{entry.get_absolute_url()}"
    assert found.content[0].type == "text/html" and "<em>a</em>" in found.content[0].value
    assert found.content[0].base == found.link
    assert (found.author, [tag.term for tag in found.tags]) == ("ana", ["django"])
    assert found.published == found.updated


def test_feed_has_the_latest_15_public_entries():
    author = UserFactory()
    for number in range(17):
        EntryFactory(author=author, title=f"Entry {number}")
    EntryFactory(author=author, title="Draft", status=1)
    SnippetFactory(author=author)
    assert titles() == [f"Entry {number}" for number in range(16, 1, -1)]


def test_each_author_and_tag_has_a_feed():
    ana, ben = UserFactory(username="ana"), UserFactory(username="ben")
    EntryFactory(author=ana, title="By Ana", tags=["سفر"])
    EntryFactory(author=ben, title="By Ben")
    assert titles("/blog/author/ana/latest.atom") == ["By Ana"]
    assert titles("/blog/tag/سفر/latest.atom") == ["By Ana"]
    assert (
        len({read(url).feed.id for url in (LATEST, "/blog/author/ana/latest.atom", "/blog/tag/سفر/latest.atom")}) == 3
    )
    assert Client().get("/blog/author/unknown/latest.atom").status_code == 404
    assert Client().get("/blog/tag/unknown/latest.atom").status_code == 404


def test_feed_without_entries_does_not_change():
    ana = UserFactory(username="ana")
    assert read().entries == [] and read("/blog/author/ana/latest.atom").entries == []
    assert Client().get(LATEST)["ETag"] == Client().get(LATEST)["ETag"]
    assert ana


def test_id_stays_when_the_title_changes_and_updated_moves_with_the_text_alone():
    entry = EntryFactory(created_at=timezone.now() - timedelta(days=1))
    before = read().entries[0]
    edit_publication(entry, tags=["new"])
    assert read().entries[0].updated == before.updated
    edit_publication(entry, title="Another title")
    after = read().entries[0]
    assert (after.id, after.published, after.title) == (before.id, before.published, "Another title")
    assert after.updated > before.updated


def test_reader_that_has_the_feed_gets_304():
    entry = EntryFactory(created_at=timezone.now() - timedelta(days=1))
    first = Client().get(LATEST)
    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        response = Client().get(LATEST, headers=headers)
        assert (response.status_code, response.content) == (304, b"")
    edit_publication(entry, body="Changed")
    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert Client().get(LATEST, headers=headers).status_code == 200


@pytest.mark.parametrize("change", ["hide", "delete", "make a draft", "suspend the author", "publish an older one"])
def test_reader_with_a_date_alone_gets_each_change(change):
    day = timedelta(days=1)
    older, newest = (EntryFactory(created_at=timezone.now() - days * day) for days in (2, 1))
    moderator = UserFactory(is_staff=True)
    # The last change was the day before.
    PublicState.objects.update(changed_at=timezone.now() - day)
    headers = {"If-Modified-Since": Client().get(LATEST)["Last-Modified"]}
    assert Client().get(LATEST, headers=headers).status_code == 304
    if change == "hide":
        hide_publication(newest, actor=moderator, reason="a")
    elif change == "delete":
        delete_publication(newest)
    elif change == "make a draft":
        edit_publication(newest, status=1)
    elif change == "suspend the author":
        suspend_user(newest.author, actor=moderator, reason="a")
    else:
        EntryFactory(author=older.author, created_at=timezone.now() - 3 * day)
    assert Client().get(LATEST, headers=headers).status_code == 200


def test_two_changes_in_a_second_have_two_dates():
    entry = EntryFactory()
    first = PublicState.objects.get().changed_at
    edit_publication(entry, body="Changed")
    edit_publication(entry, body="Changed again")
    assert PublicState.objects.get().changed_at >= first + timedelta(seconds=2)
    # A date in the future is not sent.
    response = Client().get(LATEST)
    assert "Last-Modified" not in response and response["ETag"]


def test_what_is_not_public_is_in_no_feed():
    entry = EntryFactory(title="Seen", tags=["a"])
    moderator = UserFactory(is_staff=True)
    urls = [LATEST, f"/blog/author/{entry.author.username}/latest.atom", "/blog/tag/a/latest.atom"]

    def seen():
        found = [Client().get(url) for url in urls]
        return ["Seen" in response.content.decode() for response in found]

    assert seen() == [True, True, True]
    hide_publication(entry, actor=moderator, reason="a")
    assert seen() == [False, False, False]
    restore_publication(entry, actor=moderator)
    assert seen() == [True, True, True]
    entry.refresh_from_db()
    edit_publication(entry, status=1)
    assert seen() == [False, False, False]
    edit_publication(entry, status=0)
    suspend_user(entry.author, actor=moderator, reason="a")
    assert seen() == [False, False, False]
    delete_publication(entry)
    assert seen() == [False, False, False]


def test_every_script_and_hostile_text_is_valid():
    author = UserFactory()
    texts = ["مرحبا بالعالم", "你好，世界", "שלום", "👨‍👩‍👧‍👦 🏴‍☠️", "a]]>b &amp; <c>", "\ufffe\uffff&#1;&#xFFFF; a"]
    for text in texts:
        EntryFactory(author=author, title=f"{text} b", body=f"{text}\n\n```\n{text}\n```")
    assert len(read().entries) == len(texts)
    for start in range(0, len(HOSTILE), 15):
        for source in HOSTILE[start : start + 15]:
            # PostgreSQL refuses NUL, as the form does.
            EntryFactory(author=author, title=source[:50].replace("\0", ""), body=source.replace("\0", ""))
        for entry in read().entries:
            assert find_dangers(entry.content[0].value) == []


def test_feed_takes_the_same_queries_for_one_and_many(django_assert_num_queries):
    EntryFactory(tags=["a"])
    with django_assert_num_queries(3):
        Client().get(LATEST)
    for _ in range(9):
        EntryFactory(tags=["a"])
    with django_assert_num_queries(3):
        Client().get(LATEST)


def test_pages_name_their_feeds():
    entry = EntryFactory(author=UserFactory(username="ana"), tags=["a"])
    for path, feeds in {
        "/blog/": [LATEST],
        "/blog/author/ana/": [LATEST, "/blog/author/ana/latest.atom"],
        "/blog/tag/a/": [LATEST, "/blog/tag/a/latest.atom"],
        entry.get_absolute_url(): [LATEST, "/blog/author/ana/latest.atom"],
    }.items():
        page = etree.HTML(Client().get(path).content.decode())
        links = page.xpath('//head/link[@rel="alternate"][@type="application/atom+xml"]')
        assert [link.get("href") for link in links] == feeds and all(link.get("title") for link in links)
