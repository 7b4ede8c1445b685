import pytest
from django.utils import timezone

from jobs import worker
from jobs.models import Job, Queue
from jobs.outbox import retry_failed
from jobs.waking import LEASE
from jobs.worker import MAX_ATTEMPTS, run_due, start_worker_thread
from tests.helpers import ledger
from tests.helpers.concurrency import PATIENCE, at_once


@pytest.mark.django_db
class TestRun:
    def test_job_is_done_and_gone(self):
        ledger.note.enqueue(1, "two")
        assert run_due(Queue.TASKS) == 1
        assert ledger.ran == [(1, "two")]
        assert not Job.objects.exists()

    def test_job_that_is_due_later_waits(self, make_due):
        ledger.note.enqueue(1)
        Job.objects.update(due_at=timezone.now() + LEASE)
        assert run_due(Queue.TASKS) == 0
        make_due()
        assert run_due(Queue.TASKS) == 1


@pytest.mark.django_db
class TestBatches:
    def test_waiting_jobs_of_one_kind_are_taken_together(self):
        for number in range(7):
            ledger.note_all.enqueue(number)
        ledger.note.enqueue("other")
        assert run_due(Queue.TASKS) == 8
        assert ledger.ran == [[0, 1, 2], [3, 4, 5], [6], ("other",)]

    def test_bad_row_does_not_hold_up_the_others(self, make_due):
        ledger.refuse_seven.enqueue_each((6, 7, 8))
        assert run_due(Queue.TASKS) == 0
        make_due()
        assert run_due(Queue.TASKS) == 2
        assert sorted(ledger.ran) == [[6], [8]]
        assert Job.objects.get().args == [7]


@pytest.mark.django_db
class TestFailure:
    def test_failed_job_says_why_and_is_retried_later_each_time(self, make_due):
        ledger.fail.enqueue()
        waits = []
        for attempt in (1, 2, 3):
            assert run_due(Queue.TASKS) == 0
            job = Job.objects.get()
            assert job.attempts == attempt
            assert "ValueError: no luck today" in job.error
            waits.append(round((job.due_at - timezone.now()).total_seconds()))
            make_due()
        assert waits == [5, 10, 20]

    def test_task_that_this_version_does_not_have_is_an_error_like_any_other(self):
        Job.objects.create(task="accounts.tasks.send_telegram", queue=Queue.TASKS)
        run_due(Queue.TASKS)
        job = Job.objects.get()
        assert job.attempts == 1
        assert "This version of the site has no task accounts.tasks.send_telegram." in job.error

    def test_function_that_is_not_a_task_is_not_called(self):
        Job.objects.create(task="os.getcwd", queue=Queue.TASKS)
        assert run_due(Queue.TASKS) == 0
        assert "has no task os.getcwd" in Job.objects.get().error

    def test_job_that_was_given_up_can_be_retried(self, make_due):
        ledger.fail.enqueue()
        for _ in range(MAX_ATTEMPTS + 1):
            run_due(Queue.TASKS)
            make_due()
        job = Job.objects.get()
        assert (job.attempts, job.failed_at is not None) == (MAX_ATTEMPTS, True)
        assert retry_failed(Job.objects.all()) == 1
        run_due(Queue.TASKS)
        assert Job.objects.get().attempts == 1

    def test_job_of_a_dead_worker_is_free_when_its_lease_expires(self, make_due):
        ledger.note.enqueue(1)
        (taken,) = worker._lease(Queue.TASKS)
        assert taken.leased_until - timezone.now() <= LEASE
        assert run_due(Queue.TASKS) == 0
        make_due()
        assert run_due(Queue.TASKS) == 1

    def test_worker_that_lost_its_lease_leaves_the_job_to_the_next(self, make_due):
        ledger.note.enqueue(1)
        (slow,) = worker._lease(Queue.TASKS)
        make_due()
        (quick,) = worker._lease(Queue.TASKS)
        assert worker._run([slow]) == 0
        assert Job.objects.exists()
        assert worker._run([quick]) == 1

    def test_job_that_kills_every_worker_is_given_up(self, make_due):
        ledger.note.enqueue(1)
        for _ in range(MAX_ATTEMPTS):
            worker._lease(Queue.TASKS)
            make_due()
        assert run_due(Queue.TASKS) == 0
        assert ledger.ran == []
        assert "worker ended" in Job.objects.get().error


@pytest.mark.django_db(transaction=True)
def test_concurrent_workers_run_each_job_once():
    for number in range(60):
        ledger.note.enqueue(number)
    at_once(*[lambda: run_due(Queue.TASKS)] * 4)
    assert sorted(ledger.ran) == [(number,) for number in range(60)]
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_worker_thread_runs_committed_jobs():
    thread = start_worker_thread()
    try:
        ledger.finish.enqueue()
        assert ledger.finished.wait(PATIENCE)
    finally:
        thread.stop()
    assert not thread.is_alive()
    assert not Job.objects.filter(task__endswith="finish").exists()
