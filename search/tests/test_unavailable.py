"""Pages while the engine is unavailable, slow or without an index: results of the database, and a notice."""

import os
import signal

import pytest
from elasticsearch import Elasticsearch

from accounts.tests.factories import UserFactory
from jobs import worker
from jobs.models import Job
from posts.models import Post
from posts.tests.factories import PostFactory
from search.documents import DOCUMENTS
from search.engines.breaker import PAUSE_SECONDS
from search.engines.elasticsearch import ElasticsearchEngine, breaker
from search.repair import check, rebuild
from search.services import search_posts
from tests.helpers.proxy import Proxy

pytestmark = [pytest.mark.elasticsearch, pytest.mark.django_db, pytest.mark.usefixtures("elasticsearch")]

NOTICE = "The search engine is unavailable at the moment"


@pytest.fixture
def proxy(elasticsearch, settings):
    proxy = Proxy(elasticsearch)
    settings.ELASTICSEARCH_URL = proxy.url
    yield proxy
    proxy.close()


def skip_pauses():
    """Skip the pauses of the breaker and of the worker's back-off."""
    if breaker._tries_from is not None:
        breaker._tries_from -= PAUSE_SECONDS
    worker._backing_off_until.clear()


def differences():
    return [check(kind, name).differences.ids for name in ("database", "elasticsearch") for kind in DOCUMENTS]


def search_page(client, text="storm"):
    response = client.get("/search", {"q": text})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("mode", [429, 503, "cut", "hang", "page", "stopped"])
def test_nothing_is_lost_while_the_engine_fails(ana_client, ana, proxy, settings, settle, mode):
    PostFactory(author=ana, body="before the storm")
    settle()
    assert NOTICE not in search_page(ana_client)

    if mode == "stopped":
        settings.ELASTICSEARCH_URL = "http://127.0.0.1:9"
    proxy.mode = mode
    for number in range(10):
        assert ana_client.post("/", {"body": f"storm number {number}"}).status_code == 302
        page = search_page(ana_client)
        assert NOTICE in page
        assert page.count("<article") == number + 2
    if mode != "hang":  # its worker waits as long as a write may take
        worker.run_due("microblog-tasks")
    assert list(Job.objects.filter(attempts=0).values_list("task", flat=True)) == ["search.tasks.write_documents"] * 10

    settings.ELASTICSEARCH_URL = proxy.url
    proxy.mode = "pass"
    skip_pauses()
    settle()
    page = search_page(ana_client)
    assert NOTICE not in page
    assert page.count("<article") == Post.objects.count() == 11
    assert not any(differences())


def test_failing_engine_gets_only_a_probe(ana, proxy):
    PostFactory(author=ana, body="storm")
    proxy.mode = 503
    before = proxy.count
    for _ in range(30):
        assert len(search_posts("storm", viewer=ana).items) == 1
    assert proxy.count == before + 1
    breaker._tries_from -= PAUSE_SECONDS
    for _ in range(30):
        assert search_posts("storm", viewer=ana).is_fallback
    assert proxy.count == before + 2


def test_slow_engine_delays_only_the_first_request(ana_client, ana, proxy):
    PostFactory(author=ana, body="storm")
    proxy.mode = "hang"
    assert NOTICE in search_page(ana_client)
    before = proxy.count
    for _ in range(5):
        assert NOTICE in search_page(ana_client)
    assert proxy.count <= before + 1  # a probe, on a machine so slow that a pause has passed


def test_worker_backs_off_without_counting_attempts(ana, proxy):
    for _ in range(5):
        PostFactory(author=ana)
    proxy.mode = 503
    for _ in range(20):
        worker._backing_off_until.clear()
        assert worker.run_due("microblog-tasks") == 0
    waiting = Job.objects.all()
    assert {(job.attempts, job.failed_at) for job in waiting} == {(0, None)}
    assert "503" in waiting[0].error


def test_stopped_server_counts_as_unavailable(ana_client, ana, elasticsearch, settle):
    """The real server is stopped with SIGSTOP, like one that is overloaded."""
    PostFactory(author=ana, body="before the storm")
    settle()
    with Elasticsearch(elasticsearch) as server:
        (node,) = server.nodes.info(metric="process")["nodes"].values()
    os.kill(node["process"]["id"], signal.SIGSTOP)
    try:
        for number in range(5):
            assert ana_client.post("/", {"body": f"storm number {number}"}).status_code == 302
            assert NOTICE in search_page(ana_client)
    finally:
        os.kill(node["process"]["id"], signal.SIGCONT)
    skip_pauses()
    settle()
    assert NOTICE not in search_page(ana_client)
    assert not any(differences())


def test_page_makes_one_request_on_a_kept_connection(ana_client, ana, proxy, settle):
    PostFactory(author=ana, body="storm")
    settle()
    for _page in range(3):
        before = proxy.count
        assert 'id="post' in search_page(ana_client)
        assert proxy.count == before + 1
    assert proxy.connections == 1


def test_missing_index_falls_back_to_the_database(ana_client, ana, elasticsearch, settings, settle):
    PostFactory(author=ana, body="storm")
    built, settings.ELASTICSEARCH_PREFIX = settings.ELASTICSEARCH_PREFIX, f"{settings.ELASTICSEARCH_PREFIX}-new"
    page = search_page(ana_client)
    assert NOTICE in page
    assert page.count("<article") == 1
    # Earlier changes need no job: the rebuild reads all rows.
    worker.run_due("microblog-tasks")
    assert not Job.objects.filter(task="search.tasks.write_documents").exists()
    engine, document = ElasticsearchEngine(), DOCUMENTS["posts"]
    engine.begin(document)
    skip_pauses()
    assert NOTICE in search_page(ana_client)
    for kind in DOCUMENTS:
        rebuild(kind, "elasticsearch")
    skip_pauses()
    page = search_page(ana_client)
    assert NOTICE not in page
    assert page.count("<article") == 1
    assert built != settings.ELASTICSEARCH_PREFIX


def test_hit_of_a_deleted_or_hidden_row_is_absent(ana_client, client, ana, elasticsearch, settings, settle):
    """The index lags behind: its jobs have not run."""
    gone, hidden, kept = (PostFactory(author=ana, body=f"storm {name}") for name in ("gone", "hidden", "kept"))
    settle()
    gone.delete()
    Post.objects.filter(pk=hidden.pk).update(hidden_at=hidden.created_at)
    client.force_login(UserFactory())
    page = search_page(client)
    assert page.count("<article") == 1
    assert f'id="post{kept.pk}"' in page
    assert "1 post" in page
    settings.POSTS_PER_PAGE = 2
    assert "About 3 posts" in search_page(client)
    settle()
    assert "1 post" in search_page(client)
