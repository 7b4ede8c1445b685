import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs.models import Job, Queue, Recurrence
from operations import health
from operations.health import Part, State, Trouble, findings, worst
from tests.helpers import ledger
from tests.helpers.sink import smtp_sink


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(health, "_known", {})
    monkeypatch.setattr(health, "_consequences", ())


@pytest.fixture
def parts(monkeypatch):
    """Return the parts of the site, for a test to replace."""
    parts = dict(health._parts)
    monkeypatch.setattr(health, "_parts", parts)
    return parts


def found(name):
    return next(finding for finding in findings() if finding.part.name == name)


@pytest.mark.django_db
class TestFindings:
    def test_site_that_is_well_says_so_and_how_long_it_took(self):
        assert worst(findings()) == State.OK
        assert found("database").details == {"engine": connection.vendor}
        assert [finding for finding in findings() if finding.milliseconds < 0] == []

    def test_what_is_not_in_use_is_off(self):
        assert {finding.part.name for finding in findings() if finding.state == State.OFF} == {
            "redis",
            "search",
            "mail",
        }

    def test_required_part_fails_the_site_and_another_degrades_it(self, parts):
        def refuse():
            raise OSError("no route to host")

        parts["extra"] = Part("extra", refuse, "Extra", "Less of it.")
        assert worst(findings()) == State.DEGRADED
        assert found("extra").error == "OSError: no route to host"
        parts["extra"] = parts["extra"]._replace(is_required=True)
        assert worst(findings()) == State.FAILED

    def test_many_who_ask_at_once_are_served_by_one_look(self, parts):
        looks = []
        parts["extra"] = Part("extra", lambda: looks.append(1) or {})
        for _ in range(5):
            findings(max_age=60)
        assert looks == [1]
        findings()
        assert looks == [1, 1]


@pytest.mark.django_db
class TestJobs:
    def test_age_of_the_oldest_job_is_told(self):
        ledger.note.enqueue(1)
        Job.objects.update(due_at=timezone.now() - timedelta(seconds=30))
        assert (found("jobs").state, found("jobs").details["oldest_job_seconds"]) == (State.OK, 30)

    @pytest.mark.parametrize("queue", Queue)
    def test_work_that_nobody_takes_up_is_noticed(self, queue):
        ledger.note.enqueue(1)
        Job.objects.update(queue=queue, due_at=timezone.now() - timedelta(minutes=5))
        assert found("jobs").state == State.DEGRADED
        assert "300 seconds" in found("jobs").error

    def test_work_that_is_put_off_given_up_or_at_hand_is_not_late(self):
        now = timezone.now()
        for changes in (
            {"due_at": now + timedelta(hours=1)},
            {"due_at": now - timedelta(hours=1), "failed_at": now},
            {"due_at": now - timedelta(hours=1), "leased_until": now + timedelta(seconds=30)},
        ):
            ledger.note.enqueue(1)
            Job.objects.filter(pk=Job.objects.latest("pk").pk).update(**changes)
        assert (found("jobs").state, found("jobs").details["oldest_job_seconds"]) == (State.OK, 0)

    def test_missing_scheduler_is_noticed(self):
        Recurrence.objects.create(task="some.task", due_at=timezone.now() - timedelta(minutes=10))
        assert "no scheduler" in found("jobs").error


@pytest.mark.django_db
@pytest.mark.redis
class TestRedis:
    def test_redis_without_workers_is_told_apart_from_no_redis(self, redis_url, settings):
        assert found("redis").state == State.OK
        assert found("jobs").error == "Trouble: No worker listens to microblog-tasks."
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
        assert {found(name).state for name in ("redis", "jobs")} == {State.DEGRADED}


class TestMail:
    @pytest.fixture(autouse=True)
    def _mail_goes_out(self, settings):
        settings.MAIL_GOES_TO = "mailbox"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"

    def test_server_that_takes_mail_is_well(self, db, settings):
        with smtp_sink() as sink:
            settings.EMAIL_PORT = sink.port
            assert found("mail").state == State.OK
            assert sink.received == []

    def test_server_that_is_away_degrades_and_is_left_alone_for_a_minute(self, db, settings):
        settings.EMAIL_PORT = 9
        first = found("mail")
        assert (first.state, found("mail").at) == (State.DEGRADED, first.at)


@pytest.mark.django_db
class TestConsequences:
    def test_page_tells_what_the_watch_saw_and_asks_nobody(self, parts, django_assert_num_queries):
        def refuse():
            raise Trouble("index is red", {"shards": 0})

        parts["extra"] = Part("extra", refuse, "Extra", "Less of it.")
        parts["hidden"] = Part("hidden", refuse)
        assert health.consequences() == ()
        health.look()
        with django_assert_num_queries(0):
            assert health.consequences() == ("Less of it.",)

    def test_watch_is_taken_up_again_by_a_forked_process(self, monkeypatch):
        ended = threading.Thread(target=lambda: None)
        ended.start()
        ended.join()
        monkeypatch.setattr(health, "_watch", ended)
        monkeypatch.setattr(health, "_keep_watch", lambda: None)
        health.consequences()
        assert health._watch is not ended
