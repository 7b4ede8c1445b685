"""Wake-ups of workers: those of django-rq with REDIS_URL, otherwise a thread of the web process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, partial

import django_rq
import rq
from django.conf import settings
from django.db import connection, transaction
from redis.exceptions import RedisError

from jobs.models import Queue

logger = logging.getLogger(__name__)

# How long a job belongs to the worker that took it; a task must finish well within it.
LEASE = timedelta(seconds=60)
# How often due recurring tasks, and jobs whose wake-up was lost, are looked for.
TICK_SECONDS = 20
# How long a worker runs jobs after one wake-up before it enqueues the next, so that it serves both queues in turn.
RUN_SECONDS = 2
# How long Redis is not used after it failed to respond.
REDIS_PAUSE_SECONDS = 5
# The functions that RQ calls, by name because they import this module.
RUN_DUE, TICK = "jobs.worker.run_due", "jobs.schedule.tick"

thread_has_work = threading.Event()
_redis_paused_until = 0.0


def wake_up(queue: Queue) -> None:
    """Wake a worker of a queue. If this fails, the next tick finds the job."""
    global _redis_paused_until  # noqa: PLW0603 - a state of the process
    if not settings.REDIS_URL:
        thread_has_work.set()
        return
    if time.monotonic() < _redis_paused_until:
        return
    try:
        waking = _rq(queue, settings.RQ_QUEUES[queue]["URL"])
        # At most one wake-up waits at a time, however many jobs are enqueued before a worker takes it.
        if waking.connection.set(_key(queue), 1, nx=True, ex=TICK_SECONDS):
            waking.enqueue(RUN_DUE, queue.value, job_timeout=RUN_SECONDS + LEASE.seconds, result_ttl=0)
    except RedisError as error:
        logger.warning("Redis does not respond, jobs on %s wait: %r", queue, error)
        _redis_paused_until = time.monotonic() + REDIS_PAUSE_SECONDS


# One function object for each queue, so that a transaction can tell whether it is registered already.
_WAKE_UPS: dict[Queue, Callable[[], None]] = {queue: partial(wake_up, queue) for queue in Queue}


def wake_up_on_commit(queue: Queue) -> None:
    """Wake a worker of a queue once after the commit, however often this is called in the transaction."""
    wake = _WAKE_UPS[queue]
    if all(wake not in registered for registered in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)


def forget_wake_up(queue: Queue) -> None:
    """Let the next job on a queue wake a worker again, now that this worker has started."""
    if not settings.REDIS_URL:
        return
    try:
        django_rq.get_connection(queue).delete(_key(queue))
    except RedisError:
        logger.warning("Redis became unavailable while a worker of %s started", queue)


@lru_cache
def _rq(queue: str, _url: str) -> rq.Queue:
    """Return a queue of django-rq; its connection is kept, because opening one takes longer than using it."""
    return django_rq.get_queue(queue)


def _key(queue: str) -> str:
    return f"microblog:wake-up:{queue}"
