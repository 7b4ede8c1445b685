"""With Redis: django-rq's workers, the cache, and both while Redis is unavailable."""

import time

import django_rq
import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.core.management import call_command
from redis import Redis
from rq import SimpleWorker

from accounts.tests.factories import UserFactory
from jobs import schedule, waking
from jobs.models import Job, Queue
from microblog.core.cache import RedisCache
from tests.helpers import ledger

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]

NOBODY_THERE = "redis://127.0.0.1:9/0"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    ledger.ran.clear()
    monkeypatch.setattr(waking, "_redis_paused_until", 0.0)
    monkeypatch.setattr(RedisCache, "paused_until", 0.0)


def work(*queues):
    """Run pending jobs with a worker in this process."""
    django_rq.get_worker(*queues, worker_class=SimpleWorker).work(burst=True)


def test_commit_wakes_a_worker_that_runs_the_job(redis_url):
    ledger.note.enqueue(1)
    work(Queue.TASKS)
    assert ledger.ran == [(1,)]
    assert not Job.objects.exists()


def test_rqworker_command_runs_the_queue(redis_url):
    ledger.note.enqueue(1)
    call_command("rqworker", Queue.TASKS.value, burst=True, worker_class="rq.SimpleWorker", verbosity=0)
    assert ledger.ran == [(1,)]


def test_mail_has_its_own_worker(redis_url):
    ledger.note.enqueue("slow")
    ledger.note_mail.enqueue("mail")
    work(Queue.MAIL)
    assert ledger.ran == [("mail",)]


def test_a_thousand_jobs_wake_few_workers(redis_url):
    begun = time.monotonic()
    for number in range(1000):
        ledger.note_all.enqueue(number)
    assert django_rq.get_queue(Queue.TASKS).count <= 1 + (time.monotonic() - begun) // waking.TICK_SECONDS
    work(Queue.TASKS)
    assert sorted(number for batch in ledger.ran for number in batch) == list(range(1000))


def test_tick_finds_jobs_whose_wake_up_was_lost(redis_url, settings):
    settings.RQ_QUEUES = {name: queue | {"URL": NOBODY_THERE} for name, queue in settings.RQ_QUEUES.items()}
    ledger.note.enqueue(1)
    settings.RQ_QUEUES = {name: queue | {"URL": redis_url} for name, queue in settings.RQ_QUEUES.items()}
    waking._redis_paused_until = 0.0
    assert django_rq.get_queue(Queue.TASKS).count == 0
    schedule.tick()
    work(Queue.TASKS)
    assert (1,) in ledger.ran


def test_unavailable_redis_is_tried_once_and_then_skipped(redis_url, settings, caplog):
    settings.RQ_QUEUES = {name: queue | {"URL": NOBODY_THERE} for name, queue in settings.RQ_QUEUES.items()}
    for number in range(20):
        ledger.note.enqueue(number)
    assert Job.objects.count() == 20
    assert caplog.text.count("Redis does not respond") == 1


def test_post_is_published_while_redis_is_unavailable(redis_url, settings, client):
    settings.RQ_QUEUES = {name: queue | {"URL": NOBODY_THERE} for name, queue in settings.RQ_QUEUES.items()}
    settings.CACHES = {"default": cache_at(NOBODY_THERE)}
    client.force_login(UserFactory())
    assert client.post("/", {"body": "Redis? What Redis?"}).status_code == 302


def cache_at(url):
    return django_settings.REDIS_CACHE | {"LOCATION": url, "KEY_PREFIX": "test"}


class TestCache:
    @pytest.fixture(params=["there", "away"])
    def cache(self, request, redis_url, settings):
        settings.CACHES = {"default": cache_at(redis_url if request.param == "there" else NOBODY_THERE)}
        yield caches["default"]
        caches["default"].clear()

    def test_cache_counts_and_expires_with_and_without_redis(self, cache):
        assert cache.get("a") is None
        cache.set("a", {"x": [1, None]})
        assert cache.get("a") == {"x": [1, None]}
        assert cache.add("n", 1)
        assert not cache.add("n", 1)
        assert cache.incr("n") == 2
        assert "n" in cache
        assert cache.touch("n", 60)
        cache.set_many({"b": 1, "c": 2})
        assert cache.get_many(["b", "c", "d"]) == {"b": 1, "c": 2}
        assert cache.get_or_set("e", 5) == 5
        cache.delete_many(["b", "c"])
        assert cache.delete("a")
        assert not cache.delete("a")
        with pytest.raises(ValueError, match="nosuch"):
            cache.incr("nosuch")

    def test_cached_value_is_a_miss_while_redis_is_unavailable(self, redis_url, settings):
        settings.CACHES = {"default": cache_at(redis_url)}
        caches["default"].set("a", 1)
        settings.CACHES = {"default": cache_at(NOBODY_THERE)}
        assert caches["default"].get("a") is None

    def test_sign_in_is_throttled_in_the_process_while_redis_is_unavailable(self, redis_url, settings, client):
        settings.CACHES = {"default": cache_at(NOBODY_THERE)}
        statuses = [client.post("/auth/login", {"login": "x", "password": ""}).status_code for _ in range(26)]
        assert statuses == [200] * 25 + [429]


def test_values_are_stored_in_redis(redis_url, settings):
    settings.CACHES = {"default": cache_at(redis_url)}
    caches["default"].set("a", 1)
    with Redis.from_url(redis_url) as client:
        assert client.keys("*test*a")
