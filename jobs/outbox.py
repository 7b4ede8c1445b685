"""
The transactional outbox.

A job is a row that is written in the transaction of its cause, so that it exists if and only if its cause is
committed. After the commit a worker is woken (`jobs.waking`), which runs the job (`jobs.worker`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from jobs.models import Job, Queue
from jobs.waking import wake_up_on_commit
from microblog.core import requests


def write(task: str, calls: Iterable[Sequence[int | str]], *, queue: Queue, unique: bool) -> None:
    """Write a job for each call of a task, for `Task.enqueue()`; with `unique`, unless an equal one is waiting."""
    now = timezone.now()
    jobs = [
        Job(
            task=task,
            args=args,
            key=":".join([task, *map(str, args)]) if unique else None,
            queue=queue,
            due_at=now,
            request_id=requests.current_request_id(),
        )
        for args in calls
    ]
    # An update of the waiting row locks it until this transaction ends: a worker that took it before would not see
    # what this transaction has changed.
    Job.objects.bulk_create(
        jobs, update_conflicts=True, unique_fields=["key"], update_fields=["due_at"], batch_size=500
    )
    if jobs:
        wake_up_on_commit(queue)


def retry_failed(jobs: QuerySet[Job]) -> int:
    """Enqueue again the jobs among these that were given up, and return their number."""
    count = jobs.exclude(failed_at=None).update(failed_at=None, attempts=0, due_at=timezone.now(), leased_until=None)
    for queue in Queue:
        wake_up_on_commit(queue)
    return count


def get_queue_latency() -> timedelta:
    """Return for how long the oldest due job has waited for a worker; zero if there is none."""
    now = timezone.now()
    since = (Job.objects.due(queue).values_list("due_at", flat=True).first() for queue in Queue)
    return max((now - due_at for due_at in since if due_at), default=timedelta(0))
