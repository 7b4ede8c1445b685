from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.security.services import delete_expired_sessions
from jobs.models import Job, Queue, Recurrence
from jobs.schedule import FORGET_AFTER, RecurringTask, tick
from jobs.worker import run_due, run_due_everywhere
from microblog import schedule
from microblog.schedule import RECURRING
from search.documents import DOCUMENTS
from tests.helpers import ledger

pytestmark = pytest.mark.django_db

# Repairs of the indexes are enqueued for each kind.
REPAIRS = len(DOCUMENTS)


class TestTick:
    def test_each_recurrence_is_enqueued_once_however_often_looked_for(self):
        tick()
        tick()
        assert Job.objects.count() == Recurrence.objects.count() == len(RECURRING)
        assert run_due(Queue.TASKS) == len(RECURRING) + REPAIRS
        (name,) = {entry.task.name for entry in RECURRING if entry.function is delete_expired_sessions}
        sessions = Recurrence.objects.filter(task=name)
        sessions.update(due_at=timezone.now() - timedelta(seconds=1))
        tick()
        assert Job.objects.count() == 1
        assert sessions.get().due_at > timezone.now() + timedelta(hours=23)

    def test_other_version_is_due_at_once_and_only_once(self):
        run_due_everywhere()
        name = next(entry.task.name for entry in RECURRING if entry.version)
        rendering = Recurrence.objects.filter(task=name)
        rendering.update(version=0)  # as the release before left it
        tick()
        tick()
        assert [job.task for job in Job.objects.all()] == [name]
        assert rendering.get().due_at > timezone.now() + timedelta(hours=23)

    def test_recurrence_that_no_version_schedules_any_longer_is_forgotten(self):
        now = timezone.now()
        Recurrence.objects.create(task="of.another.version", due_at=now)
        Recurrence.objects.create(task="of.an.earlier.version", due_at=now - 2 * FORGET_AFTER)
        tick()
        assert Recurrence.objects.filter(task="of.another.version").exists()
        assert not Recurrence.objects.filter(task="of.an.earlier.version").exists()

    def test_function_that_returns_true_is_called_again_at_once(self, monkeypatch):
        monkeypatch.setattr(
            schedule, "RECURRING", [RecurringTask(ledger.count_down.function, every=timedelta(days=1))]
        )
        assert run_due_everywhere() == 3
        assert ledger.ran == [()] * 3


def test_run_scheduled_does_a_whole_round():
    ledger.note.enqueue(1)
    ledger.note_mail.enqueue(2)
    output = StringIO()
    call_command("run_scheduled", stdout=output)
    assert output.getvalue() == f"{2 + len(RECURRING) + REPAIRS} jobs done.\n"
    assert ledger.ran == [(1,), (2,)]
