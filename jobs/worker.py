"""
The worker: leases due jobs, runs them and deletes them.

A failed job is retried with exponential back-off; that of a worker that died is free again when its lease expires.
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

# The last attempt is about six hours after the first.
MAX_ATTEMPTS = 15
LONGEST_BACK_OFF = timedelta(hours=1)
# How long a process takes no jobs of a task that raised BackOff.
BACK_OFF_SECONDS = 10
_backing_off_until: dict[str, float] = {}


def run_due(queue: str, *, seconds: float = RUN_SECONDS) -> int:
    """Run the due jobs of a queue, for this many seconds at most, and return the number of jobs done."""
    forget_wake_up(Queue(queue))
    done, end = 0, time.monotonic() + seconds
    while jobs := _lease(queue):
        done += _run(jobs)
        if time.monotonic() > end:
            wake_up(Queue(queue))
            break
    return done


def run_due_everywhere() -> int:
    """Enqueue due recurring tasks, run all queues until nothing is due, and return the number of jobs done."""
    tick()
    return sum(run_due(queue, seconds=float("inf")) for queue in Queue)


def _lease(queue: str) -> list[Job]:
    """Lease the job that is due longest and, if its task takes batches, more jobs of that task."""
    waiting = [task for task, until in _backing_off_until.items() if time.monotonic() < until]
    due = Job.objects.due(queue).exclude(task__in=waiting) if waiting else Job.objects.due(queue)
    due = due.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    with transaction.atomic():
        jobs = list(due[:1])
        if not jobs:
            return []
        task, attempts = jobs[0].task, jobs[0].attempts
        # After a failure each job of a batch is retried by itself, so that one bad row does not delay the others.
        if (size := _batch_size(task)) > 1 and not attempts:
            jobs = list(due.filter(task=task, attempts=0)[:size])
        leased_until = timezone.now() + LEASE
        # Without its key, an equal job can be enqueued from now on: this run may have read the rows already.
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
        return 0  # _run() reports it


def _run(jobs: list[Job]) -> int:
    """Run jobs of one task, with the id of the request that enqueued them, and return the number of jobs done."""
    causes = {job.request_id for job in jobs}
    with requests.use_request_id(causes.pop() if len(causes) == 1 else ""):
        return _carry_out(jobs)


def _carry_out(jobs: list[Job]) -> int:
    job = jobs[0]
    # Only while this worker still holds the lease.
    held = Job.objects.filter(pk__in=[job.pk for job in jobs], leased_until=job.leased_until)
    if job.attempts > MAX_ATTEMPTS:
        _give_up(job, held, "The worker ended each time it carried this out.")
        return 0
    try:
        find_task(job.task).run([job.args for job in jobs])
    except BackOff as reason:
        logger.warning("%s backs off, and all of its kind: %s", job, reason)
        _backing_off_until[job.task] = time.monotonic() + BACK_OFF_SECONDS
        held.update(leased_until=None, attempts=F("attempts") - 1, error=f"Backing off: {reason}"[:5000])
        return 0
    except Exception as error:  # noqa: BLE001 - any error is logged, and the job is retried
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
    """The worker of a web process without Redis."""

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
                # A short outage of the database must not end the thread.
                logger.exception("The worker thread continues after an error")
            connection.close()
            thread_has_work.wait(TICK_SECONDS)
            thread_has_work.clear()

    def stop(self) -> None:
        """Finish the current job and end the thread."""
        self._is_stopping.set()
        thread_has_work.set()
        self.join(timeout=LEASE.seconds)


def start_worker_thread() -> WorkerThread | None:
    """Start the worker thread, unless there is a Redis, through which other workers are woken."""
    if settings.REDIS_URL:
        return None
    thread = WorkerThread()
    thread.start()
    atexit.register(thread.stop)
    return thread
