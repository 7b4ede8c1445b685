"""Waking workers: those of django-rq with REDIS_URL, else a thread of the web process."""

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

# How long a worker owns what it took. One run of a task stays well below.
LEASE = timedelta(seconds=60)
# How often recurring work and jobs that no worker was woken for are looked for.
TICK_SECONDS = 20
# How long one wake-up works before it hands over to the next: a worker of both queues looks at the other in between.
RUN_SECONDS = 2
# After Redis did not answer, no request is sent to it for as long.
REDIS_PAUSE_SECONDS = 5
# What RQ calls, by name: the functions import this module.
RUN_DUE, TICK = "jobs.worker.run_due", "jobs.schedule.tick"

thread_has_work = threading.Event()
_redis_answers_from = 0.0


def wake_up(queue: Queue) -> None:
    """Let a worker know that work waits on a queue. Nothing is lost when this fails: the next tick finds it."""
    global _redis_answers_from  # noqa: PLW0603 - the process remembers it
    if not settings.REDIS_URL:
        thread_has_work.set()
        return
    if time.monotonic() < _redis_answers_from:
        return
    try:
        waking = _rq(queue, settings.RQ_QUEUES[queue]["URL"])
        # One wake-up waits at a time, however much is enqueued before a worker comes.
        if waking.connection.set(_key(queue), 1, nx=True, ex=TICK_SECONDS):
            waking.enqueue(RUN_DUE, queue.value, job_timeout=RUN_SECONDS + LEASE.seconds, result_ttl=0)
    except RedisError as error:
        logger.warning("Redis does not answer, work on %s waits: %r", queue, error)
        _redis_answers_from = time.monotonic() + REDIS_PAUSE_SECONDS


# One function object for each queue, by which a transaction knows that it wakes its workers already.
_WAKE_UPS: dict[Queue, Callable[[], None]] = {queue: partial(wake_up, queue) for queue in Queue}


def wake_up_on_commit(queue: Queue) -> None:
    """Wake a worker of a queue once after this transaction, however often this is called in it."""
    wake = _WAKE_UPS[queue]
    if all(wake not in registered for registered in connection.run_on_commit):
        transaction.on_commit(wake, robust=True)


def forget_wake_up(queue: Queue) -> None:
    """Let the next job on a queue wake a worker again, now that this one has begun."""
    if not settings.REDIS_URL:
        return
    try:
        django_rq.get_connection(queue).delete(_key(queue))
    except RedisError:
        logger.warning("Redis went away while work on %s was taken up", queue)


@lru_cache
def _rq(queue: str, _url: str) -> rq.Queue:
    """Return a queue of django-rq, whose connection the process keeps: to open one takes longer than to use it."""
    return django_rq.get_queue(queue)


def _key(queue: str) -> str:
    return f"microblog:wake-up:{queue}"
