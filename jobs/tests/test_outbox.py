import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from jobs import outbox
from jobs.models import Job, Queue, Recurrence
from jobs.outbox import (
    LEASE,
    MAX_ATTEMPTS,
    enqueue,
    run_due,
    run_due_everywhere,
    start_again,
    tick,
)
from microblog.schedule import RECURRING
from tests.helpers import ledger
from tests.helpers.concurrency import PATIENCE, at_once

NOTE, NOTE_ALL, REFUSE, FAIL = (
    f"tests.helpers.ledger.{name}" for name in ("note", "note_all", "refuse_seven", "fail")
)


@pytest.fixture(autouse=True)
def _empty_ledger():
    ledger.ran.clear()


def make_due():
    """Let the time pass that a job waits for, be it a lease or a back-off."""
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(leased_until__isnull=False).update(leased_until=past)
    Job.objects.update(due_at=past)


@pytest.mark.django_db
class TestEnqueue:
    def test_job_is_done_and_gone(self):
        enqueue(NOTE, 1, "two")
        assert run_due(Queue.TASKS) == 1
        assert ledger.ran == [(1, "two")]
        assert not Job.objects.exists()

    def test_takes_one_statement(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            enqueue(NOTE, 1, key="note:1")
        with django_assert_num_queries(1):
            enqueue(NOTE, 1, key="note:1")

    def test_rolled_back_transaction_leaves_no_job(self):
        with transaction.atomic():
            enqueue(NOTE, 1)
            transaction.set_rollback(True)
        assert not Job.objects.exists()

    def test_same_key_waits_once(self):
        for _ in range(2):
            enqueue(NOTE, 1, key="note:1")
        enqueue(NOTE, 2, key="note:2")
        enqueue(NOTE, 3)
        enqueue(NOTE, 3)
        assert run_due(Queue.TASKS) == 4

    def test_effect_owed_while_it_is_being_carried_out_is_owed_anew(self):
        enqueue(NOTE, 1, key="note:1")
        (taken,) = outbox._lease(Queue.TASKS)
        enqueue(NOTE, 1, key="note:1")
        assert Job.objects.count() == 2
        assert outbox._run([taken]) == 1
        assert run_due(Queue.TASKS) == 1

    def test_queues_are_apart(self):
        enqueue(NOTE, 1, queue=Queue.MAIL)
        assert run_due(Queue.TASKS) == 0
        assert run_due(Queue.MAIL) == 1

    def test_delayed_job_waits(self):
        enqueue(NOTE, 1, delay=timedelta(minutes=5))
        assert run_due(Queue.TASKS) == 0
        make_due()
        assert run_due(Queue.TASKS) == 1

    def test_one_wake_up_a_transaction(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
            for number in range(5):
                with transaction.atomic():
                    enqueue(NOTE, number)
            enqueue(NOTE, 5, queue=Queue.MAIL)
        assert len(callbacks) == 2


@pytest.mark.django_db
class TestBatches:
    def test_waiting_jobs_of_one_kind_are_taken_together(self, django_assert_max_num_queries):
        for number in range(7):
            enqueue(NOTE_ALL, number, key=f"all:{number}")
        enqueue(NOTE, "other")
        assert run_due(Queue.TASKS) == 8
        assert ledger.ran == [[0, 1, 2], [3, 4, 5], [6], ("other",)]

    def test_bad_row_does_not_hold_up_the_others(self):
        for number in (6, 7, 8):
            enqueue(REFUSE, number)
        assert run_due(Queue.TASKS) == 0
        make_due()
        assert run_due(Queue.TASKS) == 2
        assert sorted(ledger.ran) == [[6], [8]]
        assert Job.objects.get().args == [7]


@pytest.mark.django_db
class TestFailure:
    def test_failed_job_says_why_and_is_tried_again_later_each_time(self):
        enqueue(FAIL)
        waits = []
        for attempt in (1, 2, 3):
            assert run_due(Queue.TASKS) == 0
            job = Job.objects.get()
            assert job.attempts == attempt
            assert "ValueError: no luck today" in job.error
            waits.append(round((job.due_at - timezone.now()).total_seconds()))
            make_due()
        assert waits == [5, 10, 20]

    def test_task_that_does_not_exist_is_an_error_like_any_other(self):
        enqueue("tests.helpers.ledger.nosuch")
        run_due(Queue.TASKS)
        assert "nosuch" in Job.objects.get().error

    def test_after_the_last_attempt_staff_may_start_it_again(self):
        enqueue(FAIL)
        for _ in range(MAX_ATTEMPTS + 1):
            run_due(Queue.TASKS)
            make_due()
        job = Job.objects.get()
        assert (job.attempts, job.failed_at is not None) == (MAX_ATTEMPTS, True)
        assert start_again(Job.objects.all()) == 1
        run_due(Queue.TASKS)
        assert Job.objects.get().attempts == 1

    def test_what_a_dead_worker_held_is_free_when_its_lease_ends(self):
        enqueue(NOTE, 1)
        (taken,) = outbox._lease(Queue.TASKS)
        assert taken.leased_until - timezone.now() <= LEASE
        assert run_due(Queue.TASKS) == 0
        make_due()
        assert run_due(Queue.TASKS) == 1

    def test_worker_that_lost_its_lease_leaves_the_job_to_the_next(self):
        enqueue(NOTE, 1)
        (slow,) = outbox._lease(Queue.TASKS)
        make_due()
        (quick,) = outbox._lease(Queue.TASKS)
        assert outbox._run([slow]) == 0
        assert Job.objects.exists()
        assert outbox._run([quick]) == 1

    def test_job_that_kills_every_worker_is_given_up(self):
        enqueue(NOTE, 1)
        for _ in range(MAX_ATTEMPTS):
            outbox._lease(Queue.TASKS)
            make_due()
        assert run_due(Queue.TASKS) == 0
        assert ledger.ran == []
        assert "worker ended" in Job.objects.get().error


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_do_each_job_once():
    for number in range(60):
        enqueue(NOTE, number)
    at_once(*[lambda: run_due(Queue.TASKS)] * 4)
    assert sorted(ledger.ran) == [(number,) for number in range(60)]
    assert not Job.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_job_that_an_open_transaction_counts_on_is_not_taken_before_its_commit():
    enqueue(NOTE, 1, key="note:1")
    enqueued, looked = threading.Event(), threading.Event()

    def change():
        with transaction.atomic():
            enqueue(NOTE, 1, key="note:1")
            enqueued.set()
            looked.wait(PATIENCE)
        connection.close()

    writer = threading.Thread(target=change)
    writer.start()
    assert enqueued.wait(PATIENCE)
    assert run_due(Queue.TASKS) == 0
    looked.set()
    writer.join()
    assert run_due(Queue.TASKS) == 1


@pytest.mark.django_db
class TestRecurring:
    def test_each_recurrence_is_enqueued_once_however_often_looked_for(self):
        tick()
        tick()
        assert Job.objects.count() == Recurrence.objects.count() == len(RECURRING)
        assert run_due(Queue.TASKS) == len(RECURRING)
        sessions = Recurrence.objects.filter(task="accounts.tasks.clear_sessions")
        sessions.update(due_at=timezone.now() - timedelta(seconds=1))
        tick()
        assert Job.objects.count() == 1
        assert sessions.get().due_at > timezone.now() + timedelta(hours=23)

    def test_other_version_of_a_task_is_due_at_once_and_only_once(self):
        run_due_everywhere()
        task = next(entry.task for entry in RECURRING if entry.version)
        rendering = Recurrence.objects.filter(task=task)
        rendering.update(version=0)  # as the release before left it
        tick()
        tick()
        assert [job.task for job in Job.objects.all()] == [task]
        assert rendering.get().due_at > timezone.now() + timedelta(hours=23)

    def test_run_scheduled_does_a_whole_round(self):
        enqueue(NOTE, 1)
        enqueue(NOTE, 2, queue=Queue.MAIL)
        output = StringIO()
        call_command("run_scheduled", stdout=output)
        assert output.getvalue() == f"{2 + len(RECURRING)} jobs done.\n"
        assert ledger.ran == [(1,), (2,)]


@pytest.mark.django_db(transaction=True)
def test_worker_thread_takes_up_what_is_committed():
    thread = outbox.start_worker_thread()
    try:
        enqueue("tests.helpers.ledger.finish")
        assert ledger.finished.wait(PATIENCE)
    finally:
        thread.stop()
    assert not thread.is_alive()
    assert not Job.objects.filter(task__endswith="finish").exists()
