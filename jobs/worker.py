"""
The worker: takes due jobs for LEASE, carries them out and deletes them.

A job that fails is retried, later each time; one that a dead worker held is free again when its lease ends.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
import traceback
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from jobs.models import Job, Queue
from jobs.schedule import UnknownTask, find_task, tick
from jobs.tasks import BackOff
from jobs.waking import LEASE, RUN_SECONDS, TICK_SECONDS, forget_wake_up, thread_has_work, wake_up
from microblog.core import requests

logger = logging.getLogger(__name__)

# The last attempt is made about six hours after the first.
MAX_ATTEMPTS = 15
LONGEST_BACK_OFF = timedelta(hours=1)
# How long a process leaves the jobs of a task alone that raised BackOff.
BACK_OFF_SECONDS = 10
_backing_off_until: dict[str, float] = {}


def run_due(queue: str, *, seconds: float = RUN_SECONDS) -> int:
    """Carry out what is due on a queue, for so many seconds at most, and return how many jobs were done."""
    forget_wake_up(Queue(queue))
    done, end = 0, time.monotonic() + seconds
    while jobs := _lease(queue):
        done += _run(jobs)
        if time.monotonic() > end:
            wake_up(Queue(queue))
            break
    return done


def run_due_everywhere() -> int:
    """Do one whole round, recurring work and every queue until nothing is due; return how many jobs were done."""
    tick()
    return sum(run_due(queue, seconds=float("inf")) for queue in Queue)


def _lease(queue: str) -> list[Job]:
    """Take the job that has been due longest and, where its task takes several at once, more of its kind."""
    waiting = [task for task, until in _backing_off_until.items() if time.monotonic() < until]
    due = Job.objects.due(queue).exclude(task__in=waiting) if waiting else Job.objects.due(queue)
    due = due.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    with transaction.atomic():
        jobs = list(due[:1])
        if not jobs:
            return []
        task, attempts = jobs[0].task, jobs[0].attempts
        # What failed together is retried one by one, so that one bad row does not hold up the others.
        if (size := _batch_size(task)) > 1 and not attempts:
            jobs = list(due.filter(task=task, attempts=0)[:size])
        leased_until = timezone.now() + LEASE
        # A job that is enqueued from now on is another one: this run may have read the rows already.
        Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
            leased_until=leased_until, attempts=F("attempts") + 1, key=None
        )
    for job in jobs:
        job.attempts += 1
        job.leased_until = leased_until
    return jobs


def _batch_size(task: str) -> int:
    try:
        return find_task(task).batch
    except UnknownTask:
        return 0  # the run reports it


def _run(jobs: list[Job]) -> int:
    """Carry out jobs of one task, under the id of the request that caused them, and return how many were done."""
    causes = {job.request_id for job in jobs}
    with requests.under(causes.pop() if len(causes) == 1 else ""):
        return _carry_out(jobs)


def _carry_out(jobs: list[Job]) -> int:
    job = jobs[0]
    # Only while the lease is this worker's own.
    held = Job.objects.filter(pk__in=[job.pk for job in jobs], leased_until=job.leased_until)
    if job.attempts > MAX_ATTEMPTS:
        _give_up(job, held, "The worker ended each time it carried this out.")
        return 0
    try:
        find_task(job.task).run([job.args for job in jobs])
    except BackOff as reason:
        logger.warning("%s backs off, and all of its kind: %s", job, reason)
        _backing_off_until[job.task] = time.monotonic() + BACK_OFF_SECONDS
        held.update(leased_until=None, attempts=F("attempts") - 1, error=f"Put off: {reason}"[:5000])
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator reads it and the job is retried
        logger.warning("%s failed at attempt %d: %r", job, job.attempts, error)
        _retry_later(job, held, traceback.format_exc())
        return 0
    return held.delete()[0]


def _retry_later(job: Job, held: QuerySet[Job], error: str) -> None:
    if job.attempts >= MAX_ATTEMPTS:
        _give_up(job, held, error)
        return
    back_off = min(timedelta(seconds=5 * 2 ** (job.attempts - 1)), LONGEST_BACK_OFF)
    held.update(leased_until=None, due_at=timezone.now() + back_off, error=error[-5000:])


def _give_up(job: Job, held: QuerySet[Job], error: str) -> None:
    logger.error("%s was given up after %d attempts", job, job.attempts)
    held.update(leased_until=None, failed_at=timezone.now(), error=error[-5000:])


class WorkerThread(threading.Thread):
    """Carries out jobs inside the web process."""

    def __init__(self) -> None:
        super().__init__(name="jobs", daemon=True)
        self._is_stopping = threading.Event()

    def run(self) -> None:
        while not self._is_stopping.is_set():
            close_old_connections()
            try:
                tick()
                for queue in Queue:
                    run_due(queue)
            except Exception:
                # A database that is away for a moment must not end the thread.
                logger.exception("The worker thread goes on after an error")
            connection.close()
            thread_has_work.wait(TICK_SECONDS)
            thread_has_work.clear()

    def stop(self) -> None:
        """End after the job at hand, so that the next process need not repeat it."""
        self._is_stopping.set()
        thread_has_work.set()
        self.join(timeout=LEASE.seconds)


def start_worker_thread() -> WorkerThread | None:
    """Carry out jobs in a thread of this process, unless there is a Redis and workers listen to it."""
    if settings.REDIS_URL:
        return None
    thread = WorkerThread()
    thread.start()
    atexit.register(thread.stop)
    return thread
