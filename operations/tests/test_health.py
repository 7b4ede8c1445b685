import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs.models import Job, Queue, Recurrence
from operations import health
from operations.health import Component, State, Unhealthy, findings, worst
from tests.helpers import ledger
from tests.helpers.sink import smtp_sink


def found(name):
    return next(finding for finding in findings() if finding.component.name == name)


@pytest.mark.django_db
class TestFindings:
    def test_healthy_site_is_ok_with_durations(self):
        assert worst(findings()) == State.OK
        assert found("database").details == {"engine": connection.vendor}
        assert [finding for finding in findings() if finding.milliseconds < 0] == []

    def test_unused_component_is_off(self):
        assert {finding.component.name for finding in findings() if finding.state == State.OFF} == {
            "redis",
            "search",
            "mail",
        }

    def test_required_component_fails_the_site_and_another_degrades_it(self, components):
        def refuse():
            raise OSError("no route to host")

        components["extra"] = Component("extra", refuse, "Extra", "Less of it.")
        assert worst(findings()) == State.DEGRADED
        assert found("extra").error == "OSError: no route to host"
        components["extra"] = components["extra"]._replace(is_required=True)
        assert worst(findings()) == State.FAILED

    def test_concurrent_requests_share_one_check(self, components):
        looks = []
        components["extra"] = Component("extra", lambda: looks.append(1) or {})
        for _ in range(5):
            findings(max_age=60)
        assert looks == [1]
        findings()
        assert looks == [1, 1]


@pytest.mark.django_db
class TestJobs:
    def test_age_of_the_oldest_job_is_reported(self):
        ledger.note.enqueue(1)
        Job.objects.update(due_at=timezone.now() - timedelta(seconds=30))
        assert (found("jobs").state, found("jobs").details["oldest_job_seconds"]) == (State.OK, 30)

    @pytest.mark.parametrize("queue", Queue)
    def test_job_that_no_worker_leases_is_reported(self, queue):
        ledger.note.enqueue(1)
        Job.objects.update(queue=queue, due_at=timezone.now() - timedelta(minutes=5))
        assert found("jobs").state == State.DEGRADED
        assert "300 seconds" in found("jobs").error

    def test_delayed_given_up_and_leased_jobs_are_not_late(self):
        now = timezone.now()
        for changes in (
            {"due_at": now + timedelta(hours=1)},
            {"due_at": now - timedelta(hours=1), "failed_at": now},
            {"due_at": now - timedelta(hours=1), "leased_until": now + timedelta(seconds=30)},
        ):
            ledger.note.enqueue(1)
            Job.objects.filter(pk=Job.objects.latest("pk").pk).update(**changes)
        assert (found("jobs").state, found("jobs").details["oldest_job_seconds"]) == (State.OK, 0)

    def test_missing_scheduler_is_reported(self):
        Recurrence.objects.create(task="some.task", due_at=timezone.now() - timedelta(minutes=10))
        assert "no scheduler" in found("jobs").error


@pytest.mark.django_db
@pytest.mark.redis
class TestRedis:
    def test_redis_without_workers_differs_from_no_redis(self, redis_url, settings):
        assert found("redis").state == State.OK
        assert found("jobs").error == "Unhealthy: No worker listens to microblog-tasks."
        settings.REDIS_URL = "redis://127.0.0.1:9/0"
        assert {found(name).state for name in ("redis", "jobs")} == {State.DEGRADED}


class TestMail:
    @pytest.fixture(autouse=True)
    def _mail_goes_out(self, settings):
        settings.MAIL_GOES_TO = "mailbox"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST = "127.0.0.1"

    def test_accepting_mail_server_is_ok(self, db, settings):
        with smtp_sink() as sink:
            settings.EMAIL_PORT = sink.port
            assert found("mail").state == State.OK
            assert sink.received == []

    def test_unavailable_mail_server_degrades_and_is_rechecked_after_a_minute(self, db, settings):
        settings.EMAIL_PORT = 9
        first = found("mail")
        assert (first.state, found("mail").at) == (State.DEGRADED, first.at)


@pytest.mark.django_db
class TestConsequences:
    def test_page_shows_the_last_check_without_checking(self, components, django_assert_num_queries):
        def refuse():
            raise Unhealthy("index is red", {"shards": 0})

        components["extra"] = Component("extra", refuse, "Extra", "Less of it.")
        components["hidden"] = Component("hidden", refuse)
        assert health.consequences() == ()
        health.check_components()
        with django_assert_num_queries(0):
            assert health.consequences() == ("Less of it.",)

    def test_forked_process_starts_its_own_watch(self, monkeypatch):
        ended = threading.Thread(target=lambda: None)
        ended.start()
        ended.join()
        monkeypatch.setattr(health, "_watch", ended)
        monkeypatch.setattr(health, "_keep_watch", lambda: None)
        health.consequences()
        assert health._watch is not ended
