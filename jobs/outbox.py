"""
The outbox: one door for every effect outside the database.

`enqueue()` writes a row in the caller's transaction, so that the effect exists exactly when its cause was committed.
After the commit a worker is woken: django-rq's with REDIS_URL, else a thread of the web process. The worker takes
due rows for LEASE, carries them out and deletes them. What fails is tried again, later each time; what a dead
worker held is free again when its lease ends. So every job is done at least once, and must be safe to repeat.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeVar

import django_rq
import rq
from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from redis.exceptions import RedisError

from jobs.models import Job, Queue, Recurrence
from microblog.core import requests

logger = logging.getLogger(__name__)

# How long a worker owns what it took. One run of a task stays well below.
LEASE = timedelta(seconds=60)
# How often the recurring tasks and the jobs that nobody took are looked for.
TICK_SECONDS = 20
# The last attempt is made about six hours after the first.
MAX_ATTEMPTS = 15
LONGEST_BACK_OFF = timedelta(hours=1)
# How long one wake-up works before it hands over to the next: a worker of both queues looks at the other meanwhile.
RUN_SECONDS = 2
# After Redis did not answer, it is left alone for as long.
REDIS_PAUSE_SECONDS = 5

# How long a process leaves the jobs of a task alone that was put off.
PUT_OFF_SECONDS = 10
_put_off_until: dict[str, float] = {}

Task = TypeVar("Task", bound=Callable[..., None])


class PutOff(Exception):
    """
    Raised by a task for which what it needs is away altogether: all of its jobs wait, and no attempt is counted.

    The next tick tries again, so that nothing is given up however long that lasts.
    """


class Recurring(NamedTuple):
    """A task without arguments that is due again and again."""

    task: str
    every: timedelta
    # It ends what is past its time; `manage.py expire` calls it at once.
    expires: bool = False
    # Where the version of what it makes of the rows is: after an upgrade to another one it is due at once.
    version: str = ""


def batched(size: int) -> Callable[[Task], Task]:
    """Let a task take up to `size` waiting jobs at once: it is called with the list of their first arguments."""

    def mark(task: Task) -> Task:
        task.batch_size = size  # type: ignore[attr-defined] # for _batch_size()
        return task

    return mark


def enqueue(
    task: str, *args: int | str, key: str = "", queue: str = Queue.TASKS, delay: timedelta = timedelta(0)
) -> None:
    """
    Owe a call of `task`, a dotted path such as "search.tasks.index_posts", once this transaction is committed.

    A job with the same `key` that still waits is not written again. One statement; `args` are ids, nothing secret.
    """
    _enqueue([_job(task, *args, key=key or None, queue=queue, due_at=timezone.now() + delay)])


def enqueue_each(task: str, args: Iterable[int | str]) -> None:
    """Owe a call of `task` for each of these different arguments, as enqueue() does with a key; few statements."""
    now = timezone.now()
    # In one order, so that two transactions never wait for each other.
    _enqueue(_job(task, arg, key=f"{task}:{arg}", queue=Queue.TASKS, due_at=now) for arg in sorted(args, key=str))


def _job(task: str, *args: int | str, **facts: Any) -> Job:
    return Job(task=task, args=args, request_id=requests.current_id(), **facts)


def _enqueue(jobs: Iterable[Job]) -> None:
    # Writing to the row that waits already, rather than leaving it, holds it until this transaction ends: a worker
    # that took it now would not see what this transaction has changed.
    written = Job.objects.bulk_create(
        jobs, update_conflicts=True, unique_fields=["key"], update_fields=["due_at"], batch_size=500
    )
    for queue in {job.queue for job in written}:
        _wake_up_on_commit(queue)


def _wake_up_on_commit(queue: str) -> None:
    wake_up = _WAKE_UPS[Queue(queue)]
    if all(wake_up not in registered for registered in connection.run_on_commit):
        transaction.on_commit(wake_up, robust=True)


def run_due(queue: str, *, seconds: float = RUN_SECONDS) -> int:
    """Carry out what is due on a queue, for so many seconds at most, and return how many jobs were done."""
    if settings.REDIS_URL:
        _forget_wake_up(queue)
    done, end = 0, time.monotonic() + seconds
    while jobs := _lease(queue):
        done += _run(jobs)
        if time.monotonic() > end:
            _WAKE_UPS[Queue(queue)]()
            break
    return done


def tick() -> None:
    """
    Enqueue the recurring tasks that are due, and wake the workers of queues on which work waits.

    Safe to call at any time from any number of processes: each recurrence is taken by one of them.
    """
    now = timezone.now()
    recurring: list[Recurring] = import_string("microblog.schedule.RECURRING")
    known = set(Recurrence.objects.filter(task__in=[entry.task for entry in recurring]).values_list("task", flat=True))
    Recurrence.objects.bulk_create(
        (Recurrence(task=entry.task, due_at=now) for entry in recurring if entry.task not in known),
        ignore_conflicts=True,
    )
    for entry in recurring:
        with transaction.atomic():
            version = import_string(entry.version) if entry.version else 0
            due = Recurrence.objects.filter(Q(due_at__lte=now) | ~Q(version=version), task=entry.task)
            if due.update(due_at=now + entry.every, version=version):
                enqueue(entry.task, key=f"recurring:{entry.task}")
    for queue, wake_up in _WAKE_UPS.items():
        if _due(queue).exists():
            wake_up()


def run_due_everywhere() -> int:
    """Do one whole round, recurring tasks and every queue until nothing is due; return how many jobs were done."""
    tick()
    return sum(run_due(queue, seconds=float("inf")) for queue in Queue)


def longest_wait() -> timedelta:
    """Return for how long the job has been due that nobody has taken up for longest; nothing when none is."""
    now = timezone.now()
    since = (_due(queue).values_list("due_at", flat=True).first() for queue in Queue)
    return max((now - due_at for due_at in since if due_at), default=timedelta(0))


def start_again(jobs: QuerySet[Job]) -> int:
    """Try jobs that were given up anew, and return how many there were."""
    count = jobs.exclude(failed_at=None).update(failed_at=None, attempts=0, due_at=timezone.now(), leased_until=None)
    for wake_up in _WAKE_UPS.values():
        transaction.on_commit(wake_up, robust=True)
    return count


def _due(queue: str) -> QuerySet[Job]:
    now = timezone.now()
    is_free = Q(leased_until=None) | Q(leased_until__lt=now)
    return Job.objects.filter(is_free, queue=queue, failed_at=None, due_at__lte=now).order_by("due_at", "pk")


def _lease(queue: str) -> list[Job]:
    """Take the job that has been due longest and, where its task takes several at once, more of its kind."""
    waiting = [task for task, until in _put_off_until.items() if time.monotonic() < until]
    due = _due(queue).exclude(task__in=waiting) if waiting else _due(queue)
    due = due.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    with transaction.atomic():
        jobs = list(due[:1])
        if not jobs:
            return []
        task, attempts = jobs[0].task, jobs[0].attempts
        # What failed together is tried again one by one, so that one bad row does not hold up the others.
        if (size := _batch_size(task)) > 1 and not attempts:
            jobs = list(due.filter(task=task, attempts=0)[:size])
        leased_until = timezone.now() + LEASE
        # Whoever enqueues the same effect from now on owes it anew: this run may have read the rows already.
        Job.objects.filter(pk__in=[job.pk for job in jobs]).update(
            leased_until=leased_until, attempts=F("attempts") + 1, key=None
        )
    for job in jobs:
        job.attempts += 1
        job.leased_until = leased_until
    return jobs


def _batch_size(task: str) -> int:
    try:
        return getattr(import_string(task), "batch_size", 0)
    except ImportError:
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
        task = import_string(job.task)
        if _batch_size(job.task):
            task([job.args[0] for job in jobs])
        else:
            task(*job.args)
    except PutOff as reason:
        logger.warning("%s is put off, and all of its kind: %s", job, reason)
        _put_off_until[job.task] = time.monotonic() + PUT_OFF_SECONDS
        held.update(leased_until=None, attempts=F("attempts") - 1, error=f"Put off: {reason}"[:5000])
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator reads it and the job is tried again
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


# --- Waking workers ---

_thread_has_work = threading.Event()
_redis_answers_from = 0.0


def _wake_up(queue: Queue) -> None:
    """Let a worker know that work waits on a queue. Nothing is lost when this fails: the next tick finds it."""
    global _redis_answers_from  # noqa: PLW0603 - the process remembers it
    if not settings.REDIS_URL:
        _thread_has_work.set()
        return
    if time.monotonic() < _redis_answers_from:
        return
    try:
        waking = _rq(queue, settings.RQ_QUEUES[queue]["URL"])
        # One wake-up waits at a time, however much is enqueued before a worker comes.
        if waking.connection.set(_wake_up_key(queue), 1, nx=True, ex=TICK_SECONDS):
            waking.enqueue(run_due, queue.value, job_timeout=RUN_SECONDS + LEASE.seconds, result_ttl=0)
    except RedisError as error:
        logger.warning("Redis does not answer, work on %s waits: %r", queue, error)
        _redis_answers_from = time.monotonic() + REDIS_PAUSE_SECONDS


@lru_cache
def _rq(queue: str, _url: str) -> rq.Queue:
    """Return a queue of django-rq, whose connection the process keeps: to open one takes longer than to use it."""
    return django_rq.get_queue(queue)


def _wake_up_key(queue: str) -> str:
    return f"microblog:wake-up:{queue}"


def _forget_wake_up(queue: str) -> None:
    try:
        django_rq.get_connection(queue).delete(_wake_up_key(queue))
    except RedisError:
        logger.warning("Redis went away while work on %s was taken up", queue)


_WAKE_UPS: dict[Queue, Callable[[], None]] = {queue: partial(_wake_up, queue) for queue in Queue}


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
            _thread_has_work.wait(TICK_SECONDS)
            _thread_has_work.clear()

    def stop(self) -> None:
        """End after the job at hand, so that the next process need not repeat it."""
        self._is_stopping.set()
        _thread_has_work.set()
        self.join(timeout=LEASE.seconds)


def start_worker_thread() -> WorkerThread | None:
    """Carry out jobs in a thread of this process, unless there is a Redis and workers listen to it."""
    if settings.REDIS_URL:
        return None
    thread = WorkerThread()
    thread.start()
    atexit.register(thread.stop)
    return thread
