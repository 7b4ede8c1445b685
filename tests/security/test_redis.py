"""Write access to Redis does not allow code execution on the site."""

import os
import pickle
from pathlib import Path
from tempfile import TemporaryDirectory

import django_rq
import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.core.management import call_command
from redis import Redis
from rq import Callback, Queue
from rq.cron import CronScheduler
from rq.serializers import JSONSerializer, PickleSerializer

from jobs import rq_worker
from jobs.schedule import tick
from jobs.waking import RUN_DUE, TICK
from microblog.core import checks
from scripts.servers import redis
from tests.helpers import ledger

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


class Touch:
    """Create a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def mark(tmp_path):
    return tmp_path / "code-ran"


def touch(*_arguments):
    """Serve as a callback that RQ finds by its name."""
    Path(os.environ["ATTACK_MARK"]).mkdir()


def work():
    """Run pending jobs with the site's worker, as the systemd unit starts it."""
    call_command("rqworker", "microblog-tasks", burst=True, verbosity=0)


def queue_of_attacker(redis_url, serializer):
    return Queue("microblog-tasks", connection=Redis.from_url(redis_url), serializer=serializer)


def test_pickle_in_a_job_is_not_read(redis_url, mark):
    queue = queue_of_attacker(redis_url, PickleSerializer)
    queue.enqueue(RUN_DUE, Touch(mark))
    work()
    assert not mark.exists()


def test_pickle_in_the_metadata_of_a_job_is_not_read(redis_url, mark):
    queue = queue_of_attacker(redis_url, JSONSerializer)
    job = queue.enqueue(TICK)
    queue.connection.hset(job.key, "meta", pickle.dumps(Touch(mark)))
    work()
    assert not mark.exists()


@pytest.mark.parametrize("serializer", [JSONSerializer, PickleSerializer])
def test_function_outside_the_site_is_not_called(redis_url, mark, serializer):
    job = queue_of_attacker(redis_url, serializer).enqueue("os.mkdir", str(mark))
    work()
    assert not mark.exists()
    assert job.get_status() == "failed"


@pytest.mark.parametrize("kind", ["on_success", "on_failure"])
@pytest.mark.parametrize("function", [TICK, "os.getcwd"])
def test_callback_of_a_job_is_not_called(redis_url, mark, monkeypatch, kind, function):
    monkeypatch.setenv("ATTACK_MARK", str(mark))
    queue_of_attacker(redis_url, JSONSerializer).enqueue(function, **{kind: Callback(f"{__name__}.touch")})
    work()
    assert not mark.exists()


def test_pickle_in_the_cache_is_not_read(redis_url, settings, mark):
    settings.CACHES = {"default": {**settings.REDIS_CACHE, "LOCATION": redis_url}}
    cache = caches["default"]
    with Redis.from_url(redis_url) as client:
        client.set(cache.make_and_validate_key("known"), pickle.dumps(Touch(mark)))
    with pytest.raises(ValueError, match="utf-8"):
        cache.get("known")
    assert not mark.exists()


class TestDashboard:
    @pytest.fixture
    def page(self, redis_url, admin_client):
        def get(path):
            return admin_client.get(f"/admin/django_rq/dashboard/{path}", follow=True)

        return get

    def test_pickle_in_a_job_is_not_read(self, redis_url, mark, page):
        job = queue_of_attacker(redis_url, PickleSerializer).enqueue(TICK, Touch(mark))
        assert page("queues/1/").status_code == 200
        assert page(f"queues/1/{job.id}/").status_code == 200
        assert not mark.exists()

    def test_jobs_of_the_site_are_shown(self, page):
        django_rq.get_queue("microblog-tasks").enqueue(TICK)
        assert TICK in page("queues/1/").content.decode()

    def test_pickle_of_a_scheduler_is_not_read(self, redis_url, mark, page):
        queue = Queue("another", connection=Redis.from_url(redis_url))
        scheduler = CronScheduler(queue.connection, name="planted")
        cron_job = scheduler.register(os.getcwd, "another", interval=60)
        job = cron_job.enqueue(queue.connection)
        queue.connection.hset(job.key, "meta", pickle.dumps(Touch(mark)))
        scheduler.register_birth()
        assert page("cron-schedulers/0/planted/").status_code == 200
        page(f"cron-schedulers/0/planted/jobs/{cron_job.name}/")
        assert not mark.exists()


def test_scheduler_enqueues_what_workers_accept(redis_url):
    scheduler = rq_worker.CronScheduler()
    scheduler.register(tick, "microblog-tasks", interval=20)
    scheduler.enqueue_jobs()
    queue = django_rq.get_queue("microblog-tasks")
    assert [job.func_name for job in queue.jobs] == [TICK]
    assert scheduler.enqueue_jobs() == []


class TestReach:
    """Access to Redis."""

    @pytest.fixture(autouse=True)
    def _in_public(self, settings):
        settings.IS_PUBLIC = True

    @pytest.mark.parametrize(
        ("url", "warns"),
        [
            ("", False),
            ("redis://127.0.0.1:6379/0", True),
            ("redis://redis:6379/0", True),
            ("redis://:secret@127.0.0.1:6379/0", False),
            ("rediss://user:secret@redis.example.org:6379/0", False),
            ("unix:///nowhere/redis.sock?db=0", False),
        ],
    )
    def test_url_without_a_password_gives_a_warning(self, settings, url, warns):
        settings.REDIS_URL = url
        assert bool(checks.check_redis(None)) == warns

    @pytest.fixture
    def socket(self):
        # The path of a socket must be short.
        with TemporaryDirectory() as folder:
            path = Path(folder, "redis", "socket")
            with redis(Path(folder), "--unixsocket", str(path), "--unixsocketperm", "770"):
                yield path

    def test_site_connects_through_a_socket_of_its_group(self, settings, socket):
        url = f"unix://{socket}?db=0"
        settings.REDIS_URL = url
        settings.RQ_QUEUES = {name: queue | {"URL": url} for name, queue in settings.RQ_QUEUES.items()}
        settings.CACHES = {"default": settings.REDIS_CACHE | {"LOCATION": url}}
        ledger.ran.clear()
        ledger.note.enqueue(1)
        django_rq.get_worker("microblog-tasks", worker_class="rq.SimpleWorker").work(burst=True)
        assert ledger.ran == [(1,)]
        caches["default"].set("a", 1)
        with Redis.from_url(url) as client:
            assert client.keys("*:a")
        assert checks.check_redis(None) == []
        socket.chmod(0o777)
        (warning,) = checks.check_redis(None)
        assert "unix://" in warning.hint

    def test_shipped_configurations_expose_no_redis(self):
        root = django_settings.BASE_DIR
        assert "redis://" not in (root / "docker-compose.yml").read_text()
        text = (root / "docs" / "install.md").read_text()
        assert "unix:///run/redis/redis-server.sock?db=0" in text
        assert "redis://127.0.0.1" not in text
