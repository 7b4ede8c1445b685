import uuid
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from accounts.signals import account_leaving
from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from blog.exceptions import EmailUnconfirmed, LinkTooLong, Outdated
from blog.models import Entry, Publication, Snippet, Tag
from blog.rendering import RENDERER_VERSION
from blog.services import (
    create_publication,
    delete_publication,
    edit_publication,
    hide_publication,
    render_older,
    restore_publication,
)
from blog.tests.factories import EntryFactory, SnippetFactory
from posts.models import Post
from tests.helpers.concurrency import at_once

DRAFT, PUBLIC = Publication.Status.DRAFT, Publication.Status.PUBLIC
BOTH = pytest.mark.parametrize("factory", [EntryFactory, SnippetFactory])


def saved(publication):
    return type(publication).objects.get(pk=publication.pk)


@pytest.mark.django_db
class TestSlugs:
    @pytest.mark.parametrize(
        ("title", "slug"),
        [
            ("Hello, World", "hello-world"),
            ("¿Qué es una base de datos?", "qué-es-una-base-de-datos"),
            ("مرحبا بالعالم", "مرحبا-بالعالم"),
            ("数据库是什么", "数据库是什么"),
            ("…!?", "entry"),
            ("Create", "create-2"),
            ("Tag", "tag-2"),
            ("x" * 100, "x" * 60),
            ("one two " * 12, ("one-two-" * 12)[:59]),
        ],
    )
    def test_slug_is_made_from_the_title(self, title, slug):
        assert EntryFactory(title=title).slug == slug

    def test_snippet_without_letters_in_its_title_is_called_snippet(self):
        assert SnippetFactory(title="…").slug == "snippet"

    @BOTH
    def test_equal_titles_get_different_slugs(self, factory):
        slugs = [factory(title="Same title").slug for _ in range(3)]
        assert slugs == ["same-title", "same-title-2", "same-title-3"]

    def test_slug_of_a_deleted_entry_is_free_again(self):
        first, *_rest = EntryFactory.create_batch(3, title="Same")
        delete_publication(first)
        assert EntryFactory(title="Same").slug == "same"

    def test_slug_survives_a_change_of_title(self):
        entry = EntryFactory(title="First title")
        edit_publication(entry, title="Second title")
        assert (saved(entry).title, saved(entry).slug) == ("Second title", "first-title")


@pytest.mark.django_db(transaction=True)
@BOTH
def test_equal_titles_at_once_get_different_slugs(factory):
    authors = UserFactory.create_batch(4)
    model = factory._meta.model
    found = at_once(
        *[
            lambda author=author: create_publication(model(author=author, title="Same", body="text")).slug
            for author in authors
        ]
    )
    assert sorted(found) == ["same", "same-2", "same-3", "same-4"]


@pytest.mark.django_db
class TestCreate:
    def test_entry_is_rendered_and_its_language_detected(self):
        entry = saved(EntryFactory(body="Los trenes nocturnos vuelven a las *estaciones* de toda la península."))
        assert "<p>" in entry.html
        assert (entry.language, entry.renderer_version) == ("es", RENDERER_VERSION)
        assert entry.summary.startswith("Los trenes nocturnos vuelven a las")

    def test_summary_is_short_and_has_no_markup(self):
        entry = EntryFactory(body="A & B < C. " + "word " * 2000)
        assert entry.summary.startswith("A & B < C. word")
        assert (len(entry.summary), entry.summary[-1]) == (200, "…")

    def test_summary_of_marks_fits_its_column(self):
        """Marks above and below a letter are characters of their own to a database."""
        entry = EntryFactory(body="\u0628\u064e" * 300)
        assert len(Entry.objects.get(pk=entry.pk).summary) == 200

    def test_code_is_kept_as_it_is(self):
        body = "def f():\n\treturn 1  \n\n\n\nf()"
        snippet = SnippetFactory(body=body, lexer_name="python")
        assert (saved(snippet).body, saved(snippet).lexer_name) == (body, "python")

    def test_language_of_code_is_guessed_if_not_said(self):
        assert SnippetFactory().lexer_name

    @BOTH
    def test_draft_is_published_once(self, factory):
        draft = factory(status=DRAFT)
        assert draft.published_at is None
        edit_publication(draft, status=PUBLIC)
        first = saved(draft).published_at
        assert first is not None
        edit_publication(draft, status=DRAFT)
        edit_publication(draft, status=PUBLIC)
        assert saved(draft).published_at == first

    def test_two_texts_published_at_the_same_time_get_different_times(self):
        now = timezone.now()
        times = [EntryFactory(created_at=now).published_at for _ in range(2)]
        assert len(set(times)) == 2

    def test_form_sent_twice_writes_one_entry(self):
        author, key = UserFactory(), uuid.uuid4()
        first, second = (EntryFactory(author=author, title="Once", submission_key=key) for _ in range(2))
        assert first == second == Entry.objects.get()

    @pytest.mark.usefixtures("mandatory")
    def test_unconfirmed_users_write_nothing(self, susan):
        entry = EntryFactory(author=susan)
        susan.emailaddress_set.update(verified=False)
        with pytest.raises(EmailUnconfirmed):
            EntryFactory(author=susan)
        with pytest.raises(EmailUnconfirmed):
            edit_publication(entry, title="Other")
        assert Entry.objects.get().title == entry.title

    def test_tags_are_shared(self):
        EntryFactory(tags=["trains", "maps"])
        entry = EntryFactory(tags=["maps"])
        assert Tag.objects.count() == 2
        edit_publication(entry, tags=["trains"])
        assert [tag.slug for tag in entry.tags.all()] == ["trains"]


@pytest.mark.django_db
class TestEdit:
    @BOTH
    def test_modified_at_changes_with_the_text_only(self, factory):
        publication = factory()
        before = publication.modified_at
        edit_publication(publication, status=DRAFT, body=publication.body)
        assert (saved(publication).modified_at, saved(publication).status) == (before, DRAFT)
        edit_publication(publication, body="Another text")
        assert saved(publication).modified_at > before
        assert "Another text" in saved(publication).html
        assert saved(publication).summary == "Another text"

    def test_unchanged_entry_keeps_its_version(self):
        entry = EntryFactory(tags=["a"])
        edit_publication(entry, title=entry.title, body=entry.body, status=entry.status, tags=["a"])
        assert saved(entry).version == 1
        edit_publication(entry, tags=["b"])
        assert saved(entry).version == 2

    @BOTH
    def test_edit_of_an_older_version_changes_nothing(self, factory):
        mine, theirs = factory(), None
        theirs = saved(mine)
        edit_publication(theirs, body="Theirs")
        with pytest.raises(Outdated):
            edit_publication(mine, body="Mine")
        with pytest.raises(Outdated):
            edit_publication(saved(mine), version=1, body="Mine")
        assert saved(theirs).body == "Theirs"
        edit_publication(saved(mine), version=2, body="Mine")
        assert saved(theirs).body == "Mine"

    def test_language_of_code_changes_with_its_colours(self):
        snippet = SnippetFactory(lexer_name="python")
        edit_publication(snippet, lexer_name="text")
        assert saved(snippet).lexer_name == "text"

    def test_deleted_entry_is_not_written_again(self):
        entry = EntryFactory()
        delete_publication(saved(entry))
        delete_publication(entry)
        with pytest.raises(Outdated):
            edit_publication(entry, title="Back")
        assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_edits_at_once_one_is_refused():
    entry = EntryFactory()
    copies = [saved(entry), saved(entry)]
    found = at_once(
        *[lambda n=n, copy=copy: edit_publication(copy, body=f"Text {n}") for n, copy in enumerate(copies)]
    )
    assert sorted(type(each).__name__ for each in found) == ["NoneType", "Outdated"]
    assert saved(entry).version == 2


@pytest.mark.django_db
class TestAnnouncement:
    @pytest.fixture(autouse=True)
    def _site(self, settings):
        settings.SITE_URL = "https://example.org"

    @BOTH
    def test_link_is_posted_once(self, factory):
        publication = factory(title="Night trains", announce=True)
        post = Post.objects.get()
        assert post.author == publication.author
        assert post.body == f"Night trains https://example.org{publication.get_absolute_url()}"
        edit_publication(saved(publication), body="More", announce=True)
        assert Post.objects.count() == 1

    def test_deleted_announcement_is_not_posted_again(self):
        entry = EntryFactory(announce=True)
        Post.objects.all().delete()
        edit_publication(saved(entry), announce=True)
        assert not Post.objects.exists()

    def test_draft_is_announced_when_it_is_published(self):
        entry = EntryFactory(status=DRAFT, announce=True)
        assert not Post.objects.exists()
        edit_publication(entry, status=PUBLIC, announce=True)
        assert Post.objects.count() == 1
        assert saved(entry).announced_at is not None

    @pytest.mark.parametrize("letter", ["x", "ж", "数", "م"])
    def test_long_title_is_shortened_and_the_link_works(self, letter, settings):
        entry = EntryFactory(title=f"{letter * 9} " * 10, announce=True)
        post = Post.objects.get()
        assert len(post.body) <= settings.POST_MAX_LENGTH
        assert f'href="https://example.org{unquote(entry.get_absolute_url())}"' in post.html
        assert "…" in post.body

    def test_entry_is_not_published_if_its_link_does_not_fit(self, settings):
        settings.POST_MAX_LENGTH = 20
        with pytest.raises(LinkTooLong):
            EntryFactory(announce=True)
        assert not Entry.objects.exists() and not Post.objects.exists()


@pytest.mark.django_db
class TestModeration:
    @BOTH
    def test_hidden_text_is_visible_to_its_author_only(self, factory, mod):
        publication, rows = factory(), factory._meta.model.objects
        assert hide_publication(publication, actor=mod, reason="spam", rule="Rule 1.")
        assert not hide_publication(publication, actor=mod, reason="spam")
        viewers = (publication.author, mod, AnonymousUser())
        assert [viewer for viewer in viewers if rows.visible_to(viewer).exists()] == [publication.author]
        assert (saved(publication).hidden_by, saved(publication).hidden_reason) == (mod, "Rule 1.")
        assert restore_publication(publication, actor=mod, reason="a mistake")
        assert not restore_publication(publication, actor=mod)
        assert all(rows.visible_to(viewer).exists() for viewer in viewers)
        name = publication._meta.model_name
        log = list(AuditEntry.objects.order_by("pk").values_list("action", "target_name", "reason"))
        place = f"{publication.author.username}/{publication.pk}"
        assert log == [(f"{name}.hide", place, "spam"), (f"{name}.restore", place, "a mistake")]

    def test_deleted_text_is_neither_hidden_nor_restored(self, mod):
        entry = EntryFactory()
        delete_publication(saved(entry))
        assert not hide_publication(entry, actor=mod, reason="spam")
        assert not restore_publication(entry, actor=mod)


@pytest.mark.django_db
def test_texts_of_a_deleted_account_are_deleted():
    author = UserFactory()
    EntryFactory.create_batch(2, author=author, tags=["a"])
    SnippetFactory(author=author)
    others = EntryFactory()
    counts = dict(account_leaving.send(User, user=author))
    assert 3 in counts.values()
    assert (Entry.objects.get(), Snippet.objects.count()) == (others, 0)


@pytest.mark.django_db
def test_texts_of_an_older_renderer_are_rendered_again():
    entry, snippet, edited = EntryFactory(), SnippetFactory(), EntryFactory()
    for model in (Entry, Snippet):
        model.objects.update(renderer_version=0, body_html="stale")
    stale = saved(edited)
    edit_publication(stale, body="Fresh")
    assert not render_older()
    for row in (entry, snippet, edited):
        assert (saved(row).renderer_version, "stale" in saved(row).html) == (RENDERER_VERSION, False)
        assert saved(row).modified_at == (stale if row == edited else row).modified_at


@pytest.mark.django_db
def test_text_that_is_refused_today_keeps_its_html_and_is_named(caplog):
    refused, entry = EntryFactory(body="Kept"), EntryFactory()
    Entry.objects.update(renderer_version=0, body_html="stale")
    Entry.objects.filter(pk=refused.pk).update(body="[" * 90_000, renderer_version=1)
    assert not render_older()
    assert saved(entry).renderer_version == RENDERER_VERSION and saved(entry).html != "stale"
    assert saved(refused).html == "stale" and saved(refused).version == refused.version
    (record,) = caplog.records
    assert (record.levelname, record.args["pk"]) == ("WARNING", refused.pk)
    # Later runs do not meet it again, so that it keeps no other text from its turn.
    caplog.clear()
    assert not render_older()
    assert caplog.records == []
