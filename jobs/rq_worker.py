"""
RQ, restricted to waking workers.

Jobs of RQ are deserialized as JSON, whatever serializer django-rq or RQ would use, and can call only two functions of
the site, so that write access to Redis does not allow running code.
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
    """A job of RQ names a function that the site never enqueues."""


class WakeUp(Job):
    """A job of RQ that calls one of FUNCTIONS, without callbacks and webhooks."""

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
    """RQ's worker, which ignores the option `--serializer` of django-rq's command (pickle by default)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "serializer": JSONSerializer})


class CronScheduler(DjangoCronScheduler):
    """django-rq's scheduler, with the serializer of the settings: RQ's always enqueues with pickle."""

    def enqueue_jobs(self) -> list[CronJob]:
        due = [job for job in self.get_jobs() if job.should_run()]
        for job in due:
            queue = django_rq.get_queue(job.queue_name, connection=self.connection)
            queue.enqueue(job.func_name, **job.job_options)
            job.set_enqueue_time(now())
        return due
