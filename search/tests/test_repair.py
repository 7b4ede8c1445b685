"""Rebuild of indexes while the site runs, and detection and repair of drift."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from accounts.services import deactivate_user, restore_user
from accounts.tests.factories import UserFactory
from jobs.models import Job, Recurrence
from jobs.worker import run_due_everywhere
from posts.models import Post
from posts.reactions.services import repost_post
from posts.services import delete_post, edit_post, hide_post
from posts.tests.factories import PostFactory
from search.documents import DOCUMENTS, PersonDocument, PostDocument
from search.engines.database import DatabaseEngine
from search.engines.elasticsearch import ElasticsearchEngine, RebuildTakenOver
from search.indexing import index_texts_of, take_snapshot
from search.repair import check, rebuild
from search.services import search_posts
from search.tasks import repair_slice

pytestmark = pytest.mark.django_db


def run(*arguments, **options):
    """Run a command and return its exit code and output."""
    output = StringIO()
    try:
        call_command(*arguments, stdout=output, **options)
    except SystemExit as end:
        return end.code, output.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, output.getvalue()


def corrupt_index(engine):
    """Create one difference of each kind and return the ids: (missing, stale, orphaned)."""
    missing, stale, orphaned = Post.objects.order_by("pk")[:3]
    writer = ElasticsearchEngine() if engine == "elasticsearch" else DatabaseEngine()
    snapshot = take_snapshot(PostDocument, [stale.pk])
    snapshot.rows[stale.pk]["body"] = "something else"
    snapshot.gone.append(missing.pk)
    writer.write(PostDocument, snapshot)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE posts_post SET hidden_at = created_at WHERE id = %s", [orphaned.pk])
    return [missing.pk], [stale.pk], [orphaned.pk]


class TestCheck:
    def test_each_kind_of_difference_is_counted_and_repaired(self, engine, ana, settle):
        PostFactory.create_batch(5, author=ana)
        settle()
        assert run("search_check")[0] == 0
        missing, stale, orphaned = corrupt_index(engine)
        settle()
        found = check("posts", engine).differences
        assert (found.missing, found.stale, found.orphaned) == (missing, stale, orphaned)
        code, output = run("search_check")
        assert (code, f"{engine}, posts: 4 compared, 1 missing, 1 stale, 1 orphaned" in output) == (1, True)
        code, output = run("search_check", "--json", "--repair")
        summary = json.loads(output)
        assert (code, summary["repaired"]) == (0, True)
        assert {"engine": engine, "kind": "posts", "compared": 4, "missing": 1, "stale": 1, "orphaned": 1} in summary[
            "indexes"
        ]
        settle()
        assert run("search_check")[0] == 0
        assert search_posts("thought", viewer=ana).total == 4

    def test_works_in_slices(self, engine, ana, settle, monkeypatch):
        monkeypatch.setattr("search.repair.SLICE", 2)
        monkeypatch.setattr("search.repair.SLICES_PER_JOB", 1)
        PostFactory.create_batch(7, author=ana)
        settle()
        expected = corrupt_index(engine)
        found = check("posts", engine).differences
        assert (found.missing, found.stale, found.orphaned) == expected
        repair_slice("posts", 0)
        run_due_everywhere()
        settle()
        assert not check("posts", engine).differences.ids

    def test_scheduled_repair_covers_all_indexes(self, engine, ana, settle):
        PostFactory.create_batch(3, author=ana)
        settle()
        corrupt_index(engine)
        run_due_everywhere()
        settle()
        assert not check("posts", engine).differences.ids

    def test_indexes_of_the_previous_release_are_repaired_by_jobs(self, engine, ana, settle, monkeypatch):
        """Documents of another tokenizer are all stale at once."""
        monkeypatch.setattr("search.repair.SLICE", 2)
        monkeypatch.setattr("search.repair.SLICES_PER_JOB", 2)
        PostFactory.create_batch(7, author=ana, body="W Łodzi")
        run_due_everywhere()
        writer = ElasticsearchEngine() if engine == "elasticsearch" else DatabaseEngine()
        for document in DOCUMENTS.values():
            snapshot = take_snapshot(document, list(document.between(0)))
            for fields in snapshot.rows.values():
                fields["facets"] = "of another tokenizer"
            writer.write(document, snapshot)
        settle()
        run_due_everywhere()
        assert len(check("posts", engine).differences.stale) == 7
        Recurrence.objects.update(version=0)  # as the previous release left them
        run_due_everywhere()
        settle()
        assert not any(check(kind, engine).differences.ids for kind in DOCUMENTS)
        assert search_posts("lodzi", viewer=ana).total == 7

    @pytest.mark.elasticsearch
    def test_unavailable_engine_has_its_own_exit_code(self, elasticsearch, settings):
        settings.ELASTICSEARCH_URL = "http://127.0.0.1:9"
        assert run("search_check")[0] == run("search_index")[0] == 2
        settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_PREFIX = elasticsearch, "test-nothing-here"
        code, output = run("search_check")
        assert (code, "search_index builds it" in output) == (2, True)


class TestRebuild:
    def test_rebuild_adds_missing_entries(self, ana):
        PostFactory.create_batch(3, author=ana)
        for document in DOCUMENTS.values():
            document.entries.objects.all().delete()
        assert search_posts("thought", viewer=ana).total == 0
        code, output = run("search_index")
        assert (code, "database: 3 posts" in output) == (0, True)
        assert search_posts("thought", viewer=ana).total == 3

    def test_unknown_kinds_and_engines_are_refused(self):
        assert run("search_index", "cats") == (2, "There is no index of cats.")
        assert run("search_index", engine="elasticsearch") == (2, "ELASTICSEARCH_URL is not set.")

    @pytest.mark.elasticsearch
    def test_concurrent_writes_are_not_lost(self, elasticsearch, ana, settle, monkeypatch):
        """Rows before and behind the copied slices are created, changed, hidden and deleted."""
        monkeypatch.setattr("search.repair.SLICE", 3)
        posts = [PostFactory(author=ana, body=f"old {number}") for number in range(20)]
        settle()

        def write_and_delete(count):
            first, *others, last = Post.objects.filter(hidden_at=None).order_by("pk")
            edit_post(last, body=f"new {last.pk} {count}")
            if len(others) > 2:
                delete_post(first)
                hide_post(others[-1], actor=ana, reason="Spam")
                PostFactory(author=ana, body=f"new at {count}")
            settle()

        assert rebuild("posts", "elasticsearch", progress=write_and_delete) == 30
        settle()
        assert not check("posts", "elasticsearch").differences.ids
        assert search_posts("old", viewer=ana).total < len(posts)
        assert not search_posts("new", viewer=ana).is_fallback

    @pytest.mark.elasticsearch
    def test_searches_continue_and_the_former_index_is_deleted(self, elasticsearch, ana, settings, settle):
        PostFactory(author=ana, body="always there")
        settle()
        seen = []

        def search_during_rebuild(_count):
            seen.append(search_posts("always", viewer=ana))

        for _ in range(2):
            rebuild("posts", "elasticsearch", progress=search_during_rebuild)
        assert [(len(found.items), found.is_fallback) for found in seen] == [(1, False)] * 2
        indexes = ElasticsearchEngine().client.indices.get(index=f"{settings.ELASTICSEARCH_PREFIX}-posts.*")
        assert len(indexes) == 1

    @pytest.mark.elasticsearch
    def test_later_read_wins_in_any_order_of_writes(self, elasticsearch, ana, settle):
        edited, deleted = PostFactory(author=ana, body="old"), PostFactory(author=ana, body="old")
        engine = ElasticsearchEngine()
        index = engine.begin(PostDocument)
        late = take_snapshot(PostDocument, [edited.pk, deleted.pk])
        edit_post(edited, body="new")
        delete_post(deleted)
        settle()
        engine.fill(PostDocument, late)
        engine.finish(PostDocument, index)
        assert not check("posts", "elasticsearch").differences.ids
        assert search_posts("old", viewer=ana).total == 0

    @pytest.mark.elasticsearch
    def test_second_rebuild_takes_over(self, elasticsearch):
        engine = ElasticsearchEngine()
        first, second = engine.begin(PersonDocument), engine.begin(PersonDocument)
        with pytest.raises(RebuildTakenOver):
            engine.finish(PersonDocument, first)
        engine.finish(PersonDocument, second)

    @pytest.mark.elasticsearch
    def test_whole_document_is_stored(self, elasticsearch, ana, settings, settle):
        """Some versions of the client store empty documents without an error."""
        User.objects.filter(pk=ana.pk).update(about_me="Keeps bees")
        post = PostFactory(author=ana, body="Tea, #now")
        settle()
        client = ElasticsearchEngine().client
        found = [
            client.get(index=f"{settings.ELASTICSEARCH_PREFIX}-{kind}", id=str(row.pk))["_source"]
            for kind, row in (("posts", post), ("people", ana))
        ]
        assert found == [
            {"id": post.pk, "body": "tea now", "facets": f"from:{ana.pk} #now"},
            {"id": ana.pk, "username": "ana", "about": "keeps bees", "facets": f"#{ana.pk}"},
        ]


def test_rebuild_and_suspension_take_as_many_queries_for_many_posts(ana, django_assert_max_num_queries):
    PostFactory.create_batch(10, author=ana)
    with django_assert_max_num_queries(9):
        assert rebuild("posts", "database") == 10
    with django_assert_max_num_queries(6):
        index_texts_of(PostDocument, ana.pk, 0)


def test_reposts_are_in_no_index_whatever_happens_to_their_author(engine, ana, settle):
    bob = UserFactory()
    repost_post(PostFactory(body="reposted by bob"), actor=bob)
    own = PostFactory(author=bob, body="written by bob")
    settle()
    deactivate_user(bob, actor=bob)
    settle()
    assert not Job.objects.exists()
    assert not search_posts("written", viewer=ana).items
    assert len(search_posts("reposted", viewer=ana).items) == 1
    restore_user(bob, actor=bob)
    settle()
    assert search_posts("written", viewer=ana).items == [own]
    assert not any(check("posts", engine).differences.ids)
