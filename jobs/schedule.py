"""Recurring tasks: RECURRING in the module that JOBS_SCHEDULE names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from jobs.models import Job, Queue, Recurrence
from jobs.tasks import BaseTask, Task, registered
from jobs.waking import wake_up

# A recurrence that no process has scheduled for as long is deleted; processes of another version may still run.
FORGET_AFTER = timedelta(minutes=1)


class UnknownTask(Exception):
    """A job names a task that this version of the site does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"This version of the site has no task {name}. It was enqueued by another version: start that version's "
            "workers again until its jobs are done, or leave this job to be given up."
        )


@dataclass(frozen=True)
class RecurringTask:
    """A function without arguments that is called regularly, and again at once if it returns True: more is left."""

    function: Callable[[], object]
    every: timedelta
    # Whether it deletes or ends expired rows; `manage.py expire` calls it at once.
    expires: bool = False
    # The version of its results: a change of it makes the task due at once.
    version: int = 0

    @cached_property
    def task(self) -> Task[[]]:
        return Task(self.function, unique=True)


def get_schedule() -> list[RecurringTask]:
    """Return the recurring tasks."""
    entries: list[RecurringTask] = import_module(settings.JOBS_SCHEDULE).RECURRING
    return entries


def find_task(name: str) -> BaseTask:
    """Return the task of a job; raise UnknownTask."""
    scheduled = {entry.task.name: entry.task for entry in get_schedule()}
    found = registered.get(name) or scheduled.get(name)
    if found is None:
        raise UnknownTask(name)
    return found


def tick() -> None:
    """
    Enqueue the recurring tasks that are due, and wake the workers of queues with due jobs.

    Safe to call at any time from any number of processes: each due recurrence is enqueued once.
    """
    now = timezone.now()
    schedule = {entry.task.name: entry for entry in get_schedule()}
    known = dict(Recurrence.objects.values_list("task", "due_at"))
    Recurrence.objects.bulk_create(
        (Recurrence(task=name, due_at=now) for name in schedule if name not in known), ignore_conflicts=True
    )
    for name, entry in schedule.items():
        with transaction.atomic():
            due = Recurrence.objects.filter(Q(due_at__lte=now) | ~Q(version=entry.version), task=name)
            if due.update(due_at=now + entry.every, version=entry.version):
                entry.task.enqueue()
    if removed := [name for name, due_at in known.items() if name not in schedule and due_at < now - FORGET_AFTER]:
        Recurrence.objects.filter(task__in=removed, due_at__lt=now - FORGET_AFTER).delete()
    for queue in Queue:
        if Job.objects.due(queue).exists():
            wake_up(queue)
