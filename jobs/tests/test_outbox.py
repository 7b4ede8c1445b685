import threading

import pytest
from django.db import connection, transaction

from jobs import worker
from jobs.models import Job, Queue
from jobs.worker import run_due
from tests.helpers import ledger
from tests.helpers.concurrency import PATIENCE


@pytest.mark.django_db
class TestWrite:
    def test_takes_one_statement(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            ledger.note_once.enqueue(1)
        with django_assert_num_queries(1):
            ledger.note_once.enqueue(1)
        with django_assert_num_queries(1):
            ledger.note_all.enqueue_each(range(50))

    def test_rolled_back_transaction_leaves_no_job(self):
        with transaction.atomic():
            ledger.note.enqueue(1)
            transaction.set_rollback(True)
        assert not Job.objects.exists()

    def test_unique_job_with_the_same_arguments_waits_once(self):
        for _ in range(2):
            ledger.note_once.enqueue(1)
        ledger.note_once.enqueue(2)
        ledger.note.enqueue(3)
        ledger.note.enqueue(3)
        assert run_due(Queue.TASKS) == 4

    def test_job_enqueued_while_it_is_being_carried_out_is_carried_out_again(self):
        ledger.note_once.enqueue(1)
        (taken,) = worker._lease(Queue.TASKS)
        ledger.note_once.enqueue(1)
        assert Job.objects.count() == 2
        assert worker._run([taken]) == 1
        assert run_due(Queue.TASKS) == 1

    def test_queues_are_apart(self):
        ledger.note_mail.enqueue(1)
        assert run_due(Queue.TASKS) == 0
        assert run_due(Queue.MAIL) == 1

    def test_one_wake_up_a_transaction(self, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
            for number in range(5):
                with transaction.atomic():
                    ledger.note.enqueue(number)
            ledger.note_mail.enqueue(5)
        assert len(callbacks) == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_job_that_an_open_transaction_counts_on_is_not_taken_before_its_commit():
    ledger.note_once.enqueue(1)
    enqueued, looked = threading.Event(), threading.Event()

    def change():
        with transaction.atomic():
            ledger.note_once.enqueue(1)
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
