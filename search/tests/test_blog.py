"""Search of the blog, with each engine."""

import re

import pytest
from django.db import connection, transaction

from accounts.services import change_username, deactivate_user, restore_user, suspend_user
from accounts.tests.factories import UserFactory
from blog.models import BODY_MAX_LENGTH, Entry, Publication, Snippet
from blog.services import delete_publication, edit_publication, hide_publication, restore_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from search.documents import PublicationDocument
from search.engines.database import stored
from search.engines.elasticsearch import ElasticsearchEngine
from search.repair import check, rebuild
from search.services import search_blog, search_posts
from search.text import MAX_CHARACTERS, MAX_TOKENS

pytestmark = pytest.mark.django_db

DRAFT, PUBLIC = Publication.Status.DRAFT, Publication.Status.PUBLIC


@pytest.fixture
def author(engine):
    return UserFactory(username="ana")


def titles(text, viewer, **options):
    results = search_blog(text, viewer=viewer, **options)
    assert not results.is_fallback
    return sorted(row.title for row in results.items)


class TestWords:
    def test_titles_texts_tags_and_languages_match(self, author, settle):
        EntryFactory(author=author, title="Growing onions", body="Dig **deep** first.", tags=["good-food", "garten"])
        EntryFactory(author=author, title="搜索引擎的文章", body="```python\nprint(1)\n```\n\nUn café.\n\nA<br>B")
        SnippetFactory(author=author, title="A timer", body="while True:\n    sleep(1)", lexer_name="python")
        settle()
        found = [
            (text, titles(text, author))
            for text in (
                "onion",
                "ONIONS",
                "deep",
                '"dig deep"',
                "#good-food",
                "#goodfood",
                "good",
                "#good",
                "#garten",
            )
        ]
        assert found == [
            (text, ["Growing onions"] if text not in {"onion", "#good"} else []) for text, _titles in found
        ]
        assert titles("搜索", author) == titles("索引", author) == titles("cafe", author) == ["搜索引擎的文章"]
        assert titles("print -sleep", author) == ["搜索引擎的文章"]
        assert titles("python", author) == titles("sleep true", author) == ["A timer"]
        # Neither elements nor attributes are words.
        for text in ("span", "codehilite", "br", "garten onions nothing"):
            assert titles(text, author) == []

    def test_entries_and_snippets_share_one_list(self, author, settle):
        written = [
            factory(author=author, title=f"word {number}")
            for number, factory in enumerate(
                [EntryFactory, SnippetFactory, SnippetFactory, EntryFactory, EntryFactory]
            )
        ]
        settle()
        pages = [search_blog("word", viewer=author, page=number, size=2) for number in (1, 2, 3, 4)]
        assert [len(page.items) for page in pages] == [2, 2, 1, 0]
        assert [page.total for page in pages] == [5] * 4
        assert [page.has_next for page in pages] == [True, True, False, False]
        assert sorted(row.title for page in pages for row in page.items) == [row.title for row in written]

    def test_from_matches_current_and_former_usernames(self, author, settle):
        bea = UserFactory(username="bea")
        EntryFactory(author=author, title="tea one")
        SnippetFactory(author=bea, title="tea two")
        change_username(bea, "beatrice")
        settle()
        assert titles("tea from:beatrice", author) == titles("from:bea", author) == ["tea two"]
        assert titles("tea -from:bea", author) == ["tea one"]
        assert search_blog("tea from:missing", viewer=author).unknown_authors == ["missing"]

    def test_posts_are_apart(self, author, settle):
        EntryFactory(author=author, title="only here")
        settle()
        assert search_posts("only here", viewer=author).total == 0


def test_database_lists_the_latest_publication_first(ana):
    draft = EntryFactory(author=ana, title="word first", status=DRAFT)
    for number, factory in enumerate([EntryFactory, SnippetFactory, EntryFactory]):
        factory(author=ana, title=f"word {number}")
    edit_publication(draft, status=PUBLIC)
    found = search_blog("word", viewer=ana).items
    assert [row.title for row in found] == ["word first", "word 2", "word 1", "word 0"]


@pytest.mark.elasticsearch
def test_elasticsearch_lists_matches_in_titles_first(elasticsearch, ana, settle):
    EntryFactory(author=ana, title="Penguins")
    EntryFactory(author=ana, title="Others", body="penguins penguins penguins " * 3)
    settle()
    assert [row.title for row in search_blog("penguins", viewer=ana).items] == ["Penguins", "Others"]


@pytest.mark.parametrize("factory", [EntryFactory, SnippetFactory])
class TestFollowing:
    def test_index_follows_each_change(self, author, settle, factory):
        reader, row = UserFactory(), factory(author=author, title="word", body="an old text", status=DRAFT)

        def found():
            settle()
            at_once = {viewer: titles("word", viewer) for viewer in (reader, author)}
            assert at_once[reader] == at_once[author]
            assert search_blog("word", viewer=reader).total == len(at_once[reader])
            return at_once[reader]

        assert found() == []
        edit_publication(row, status=PUBLIC)
        assert found() == ["word"]
        edit_publication(row, title="another word", body="a new text")
        assert found() == ["another word"]
        assert titles("old", reader) == []
        edit_publication(row, status=DRAFT)
        assert found() == []
        edit_publication(row, status=PUBLIC)
        assert found() == ["another word"]
        hide_publication(row, actor=reader, reason="Spam")
        assert found() == []
        restore_publication(row, actor=reader)
        assert found() == ["another word"]
        delete_publication(row)
        assert found() == []

    def test_index_follows_the_visibility_of_authors(self, author, settle, factory, monkeypatch):
        monkeypatch.setattr("search.indexing.SLICE", 2)
        reader = UserFactory()
        for number in range(5):
            factory(author=author, title=f"word {number}")
        factory(author=author, title="word of a draft", status=DRAFT)
        settle()
        deactivate_user(author, actor=reader)
        settle()
        assert search_blog("word", viewer=reader).total == 0
        assert check("blog", "database").compared == 0
        restore_user(author, actor=reader)
        settle()
        assert search_blog("word", viewer=reader).total == 5
        suspend_user(author, actor=reader, reason="Spam")
        settle()
        assert search_blog("word", viewer=reader).total == 0

    def test_bulk_changes_update_the_index(self, author, settle, factory):
        rows = [factory(author=author, title=f"bulk {number}") for number in range(3)]
        rows.append(factory(author=author, title="bulk draft", status=DRAFT))
        model = type(rows[0])
        settle()
        model.objects.filter(pk__in=[rows[0].pk, rows[3].pk]).update(title="changed at once")
        model.objects.filter(pk=rows[1].pk).update(status=DRAFT)
        model.objects.filter(pk=rows[2].pk).delete()
        settle()
        assert (titles("bulk", author), titles("changed", author)) == ([], ["changed at once"])

    def test_hit_that_is_hidden_since_is_absent(self, author, settle, factory):
        """The index lags behind, as SQL that sends no signal makes it."""
        drafted, hidden, _kept = (factory(author=author, title=f"word {name}") for name in ("draft", "hidden", "kept"))
        settle()
        with connection.cursor() as cursor:
            table = drafted._meta.db_table
            cursor.execute(f"UPDATE {table} SET status = 1 WHERE id = %s", [drafted.pk])
            cursor.execute(f"UPDATE {table} SET hidden_at = created_at WHERE id = %s", [hidden.pk])
        for viewer in (UserFactory(), author):
            assert titles("word", viewer) == ["word kept"]


def test_changed_tags_update_the_index(author, settle):
    entry = EntryFactory(author=author, title="word", tags=["first"])
    settle()
    edit_publication(entry, tags=["second"])
    settle()
    assert (titles("#first", author), titles("#second", author)) == ([], ["word"])
    entry.tags.clear()
    settle()
    assert titles("#second", author) == []


# Text that takes the most room: long tokens that are all different, in scripts of three and four bytes, bigrams.
LONGEST = {
    "words": " ".join(f"w{number}" for number in range(14_000)),
    "ligatures": " ".join(f"ﷺﷺﷺ{number}" for number in range(11_000)),
    "bigrams": "".join(chr(0x4E00 + number % 20_000) for number in range(BODY_MAX_LENGTH)),
    "four bytes": " ".join(chr(0x10400 + n % 40) * 50 + str(n) for n in range(1_700)),
}


@pytest.mark.parametrize("name", LONGEST)
@pytest.mark.parametrize("model", [Entry, Snippet])
def test_longest_texts_are_indexed(author, settle, model, name):
    """The index takes the beginning; on PostgreSQL more would be an error."""
    factory = EntryFactory if model is Entry else SnippetFactory
    row = factory(author=author, title="The longest", body="beginning " + LONGEST[name][: BODY_MAX_LENGTH - 100])
    settle()
    assert titles("beginning", author) == titles("longest", author) == ["The longest"]
    assert not check("blog", "database").differences.ids
    document = PublicationDocument.of(row)
    assert len(document["body"].split()) <= MAX_TOKENS
    assert len(document["body"]) <= MAX_CHARACTERS
    assert len(stored(document).encode()) < 2**20


class TestDrift:
    def test_differences_are_found_and_repaired(self, engine, author, settle):
        rows = [
            factory(author=author, title=f"word {number}")
            for number, factory in enumerate([EntryFactory, SnippetFactory] * 3)
        ]
        settle()
        assert not check("blog", engine).differences.ids
        with connection.cursor() as cursor:
            cursor.execute("UPDATE blog_entry SET title = 'other' WHERE id = %s", [rows[0].pk])
            cursor.execute("UPDATE blog_snippet SET hidden_at = created_at WHERE id = %s", [rows[1].pk])
            cursor.execute("UPDATE blog_snippet SET status = 1 WHERE id = %s", [rows[3].pk])
        with transaction.atomic():
            Entry.objects.filter(pk=rows[2].pk).update(status=DRAFT)
            settle()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE blog_entry SET status = 0 WHERE id = %s", [rows[2].pk])
        stale, missing, orphaned = (PublicationDocument.id_of(rows[number]) for number in (0, 2, 1))
        found = check("blog", engine, repair=True)
        assert found.differences.stale == [stale]
        assert found.differences.missing == [missing]
        assert found.differences.orphaned == sorted([orphaned, PublicationDocument.id_of(rows[3])])
        assert found.compared == 4
        settle()
        assert not check("blog", engine).differences.ids
        assert titles("word", author) == ["word 2", "word 4", "word 5"]

    def test_slices_cover_both_kinds(self, engine, author, settle, monkeypatch):
        monkeypatch.setattr(PublicationDocument, "batch", 2)
        for factory in [EntryFactory, SnippetFactory, SnippetFactory, SnippetFactory, EntryFactory, EntryFactory]:
            factory(author=author, title="word")
        settle()
        assert check("blog", engine).compared == 6
        assert rebuild("blog", engine) == 6
        settle()
        assert not check("blog", engine).differences.ids
        assert search_blog("word", viewer=author).total == 6

    def test_rebuild_adds_missing_entries(self, author):
        EntryFactory(author=author, title="word")
        SnippetFactory(author=author, title="word")
        PublicationDocument.entries.objects.all().delete()
        assert rebuild("blog", "database") == 2
        assert check("blog", "database").compared == 2

    @pytest.mark.elasticsearch
    def test_missing_index_does_not_turn_the_others_off(self, elasticsearch, ana, settings, settle, monkeypatch):
        """As right after an upgrade, before `search_index blog`."""
        EntryFactory(author=ana, title="word")
        settle()
        monkeypatch.setattr(PublicationDocument, "kind", "new")
        found = search_blog("word", viewer=ana)
        assert (len(found.items), found.is_fallback) == (1, True)
        assert not search_posts("word", viewer=ana).is_fallback
        with pytest.raises(Exception, match="index_not_found"):
            ElasticsearchEngine().refresh(PublicationDocument)


def page_of(client, **query):
    response = client.get("/search", {"type": "blog", **query})
    assert response.status_code == 200
    return response.content.decode()


class TestPage:
    def test_tab_shows_both_with_marks_and_escaped_text(self, ana_client, ana):
        entry = EntryFactory(
            author=ana,
            title="<b>Tea</b> & more",
            body="Cut **tea** `<script>alert(1)</script>` &lt;i&gt;",
            tags=["tea"],
        )
        snippet = SnippetFactory(author=ana, title="Brew", body="if a < b && c:\n    tea('<br>')", lexer_name="python")
        page = page_of(ana_client, q="tea")
        assert 'href="?q=tea&amp;type=blog" aria-current="page">Blog<' in page
        assert "2 entries and snippets" in page
        assert f'href="{entry.get_absolute_url()}"' in page
        assert ">&lt;b&gt;<mark>Tea</mark>&lt;/b&gt; &amp; more</a>" in page
        assert "Cut <mark>tea</mark> &lt;script&gt;alert(1)&lt;/script&gt; &lt;i&gt;" in page
        assert f'href="{snippet.get_absolute_url()}"' in page
        assert "if a &lt; b &amp;&amp; c: <mark>tea</mark>(&#x27;&lt;br&gt;&#x27;)" in page
        assert "<script>alert" not in page

    @pytest.mark.parametrize(
        ("body", "text", "shown"),
        [
            ("Needle " + "hay " * 500, "needle", "<mark>Needle</mark> hay"),
            (
                "hay " * 500 + "needle " + "hay " * 500,
                "needle",
                "…hay hay hay hay hay hay hay hay hay <mark>needle</mark>",
            ),
            ("hay " * 500 + "a café", "cafe", "<mark>café</mark></p>"),
            ("草" * 900 + "搜索引擎" + "草" * 900, "索引", "…<mark>索引</mark>擎草"),
            ("hay " * 5_000 + "needle", "needle", "<p>hay hay"),
        ],
    )
    def test_excerpt_is_around_the_first_match(self, ana_client, ana, body, text, shown):
        EntryFactory(author=ana, body=body)
        page = page_of(ana_client, q=text)
        (found,) = re.findall(r'<p class="mb-entry__summary"[^>]*>(.*?)</p>', page)
        assert shown in f"<p>{found}</p>"
        assert len(re.sub("</?mark>", "", found)) <= 242

    def test_page_without_hits_gives_hints(self, ana_client, ana):
        EntryFactory(author=ana, title="tea")
        page = page_of(ana_client, q="nosuchword")
        assert "Entries and snippets are found by whole words" in page
        assert "Search posts instead" in page
        past = page_of(ana_client, q="tea", page=999)
        assert "There is nothing on this page" in past
        assert 'href="?q=tea&amp;type=blog">Back to the first results' in past

    def test_pages_link_to_the_next(self, ana_client, ana, settings):
        settings.POSTS_PER_PAGE = 2
        for _ in range(3):
            EntryFactory(author=ana, title="tea")
        assert 'href="?type=blog&amp;q=tea&amp;page=2" rel="next"' in page_of(ana_client, q="tea")

    def test_costs_the_same_with_one_row_and_with_fifty(self, ana_client, settings, django_assert_max_num_queries):
        settings.POSTS_PER_PAGE = 50
        counts = []
        for more in (1, 24):
            for person in UserFactory.create_batch(more):
                EntryFactory(author=person, title="word", tags=["one"])
                SnippetFactory(author=person, title="word")
            with django_assert_max_num_queries(6) as queries:
                page_of(ana_client, q="word -from:ana")
            counts.append(len(queries))
        assert counts[0] == counts[1]
