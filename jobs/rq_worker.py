"""
What RQ may do for the site: wake a worker, and nothing else.

Redis is asked for data alone. A job is read as JSON whatever a command of django-rq or RQ itself would read it with,
and only two functions of the site are called, so that write access to Redis is not the right to run code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_rq
import rq
from django_rq.cron import DjangoCronScheduler
from rq.cron import CronJob
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now

from jobs.waking import RUN_DUE, TICK

FUNCTIONS = (RUN_DUE, TICK)


class FunctionRefused(Exception):
    """A job names a function that no part of the site enqueues."""


class WakeUp(Job):
    """A call of one of FUNCTIONS, without callbacks and webhooks."""

    def __init__(self, id: str | None = None, connection: Any = None, serializer: Any = None) -> None:  # noqa: A002, ARG002 - RQ's names
        super().__init__(id, connection, JSONSerializer)

    def restore(self, raw_data: Any) -> None:
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []

    @property
    def func(self) -> Callable[..., Any] | None:
        if self.func_name not in FUNCTIONS:
            raise FunctionRefused(self.func_name)
        function: Callable[..., Any] | None = super().func
        return function


class Worker(rq.Worker):
    """RQ's worker; the option `--serializer` of django-rq's command, which is pickle by default, is ignored."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "serializer": JSONSerializer})


class CronScheduler(DjangoCronScheduler):
    """django-rq's scheduler, with the queues of the settings: RQ's own enqueues with pickle whatever they say."""

    def enqueue_jobs(self) -> list[CronJob]:
        due = [job for job in self.get_jobs() if job.should_run()]
        for job in due:
            queue = django_rq.get_queue(job.queue_name, connection=self.connection)
            queue.enqueue(job.func_name, **job.job_options)
            job.set_enqueue_time(now())
        return due
