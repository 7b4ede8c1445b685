"""The system checks of tasks."""

from datetime import timedelta

import pytest

from jobs import tasks
from jobs.checks import check_tasks
from jobs.models import Queue
from jobs.schedule import RecurringTask
from jobs.tasks import BatchTask, Task
from microblog import schedule
from microblog.schedule import RECURRING


def with_a_default(after: int = 0) -> None: ...


def with_two(first: object, second: object) -> None: ...


def by_keyword(*, only: int) -> None: ...


def ids():
    return [message.id for message in check_tasks(None)]


def test_tasks_of_the_site_pass():
    assert ids() == []


@pytest.mark.parametrize(
    ("task", "error"),
    [
        (BatchTask(with_two, batch=5, queue=Queue.TASKS, unique=False), "jobs.E001"),
        (Task(by_keyword), "jobs.E002"),
    ],
)
def test_task_whose_jobs_could_not_be_called_is_refused(monkeypatch, task, error):
    monkeypatch.setitem(tasks.registered, "x", task)
    assert ids() == [error]


@pytest.mark.parametrize(
    ("function", "errors"),
    [(with_a_default, []), (with_two, ["jobs.E003"]), (lambda: None, ["jobs.E004"])],
)
def test_recurring_function_is_one_of_a_module_without_arguments(monkeypatch, function, errors):
    monkeypatch.setattr(schedule, "RECURRING", [RecurringTask(function, every=timedelta(days=1))])
    assert ids() == errors


def test_function_that_is_scheduled_twice_is_refused(monkeypatch):
    monkeypatch.setattr(schedule, "RECURRING", [*RECURRING, RECURRING[0]])
    assert ids() == ["jobs.E004"]
