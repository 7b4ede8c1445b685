"""
Tasks: functions that workers call, in the `tasks` module of an app.

The decorator is like that of Django's own tasks: `@task()` returns a `Task`, whose `enqueue()` takes the arguments of
the function. A job runs at least once, so that each task must be safe to repeat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import signature
from typing import Any, Generic, ParamSpec, TypeVar, overload

from django.core.exceptions import ImproperlyConfigured

from jobs import outbox
from jobs.models import Queue

P = ParamSpec("P")
Item = TypeVar("Item", bound=int | str)


class BackOff(Exception):
    """
    Raised by a task when a service that it needs is unavailable: all its jobs wait, and no attempt is counted.

    The next tick retries, so that no job is given up during an outage.
    """


class BaseTask:
    # How many waiting jobs one call may take, as a list of their arguments; 0 for a task that is called for each job.
    batch = 0

    def __init__(self, function: Callable[..., object], *, queue: Queue = Queue.TASKS, unique: bool = False) -> None:
        self.function, self.queue, self.unique = function, queue, unique
        # The name that rows store.
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.signature = signature(function)
        self.__doc__ = function.__doc__

    def __repr__(self) -> str:
        return f"<task {self.name}>"

    def run(self, calls: Sequence[Sequence[Any]]) -> None:
        """Call the function with the arguments of a job, and enqueue it again if it returns True: more is left."""
        (args,) = calls
        if self.function(*args) is True:
            self._write([args])

    def _write(self, calls: Iterable[Sequence[Any]]) -> None:
        outbox.write(self.name, calls, queue=self.queue, unique=self.unique)


class Task(BaseTask, Generic[P]):
    """A function that a worker calls for each job. Its arguments are ids, never secrets."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> object:
        return self.function(*args, **kwargs)

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Write a job that runs after the commit of this transaction. One statement."""
        self.enqueue_each([self.signature.bind(*args, **kwargs).args])

    def enqueue_each(self, calls: Iterable[tuple[Any, ...]]) -> None:
        """Write a job for each of these different lists of arguments. Few statements."""
        # Always in the same order, so that two transactions never deadlock.
        self._write(sorted(calls))


class BatchTask(BaseTask, Generic[Item]):
    """A function that a worker calls with the list of the arguments of up to `batch` waiting jobs."""

    def __init__(self, function: Callable[..., object], *, batch: int, queue: Queue, unique: bool) -> None:
        super().__init__(function, queue=queue, unique=unique)
        self.batch = batch

    def __call__(self, items: list[Item]) -> object:
        return self.function(items)

    def enqueue(self, item: Item) -> None:
        """Write a job that runs after the commit of this transaction. One statement."""
        self.enqueue_each([item])

    def enqueue_each(self, items: Iterable[Item]) -> None:
        """Write a job for each of these different arguments. Few statements."""
        # In the same order as in Task.enqueue_each().
        self._write((item,) for item in sorted(items, key=str))

    def run(self, calls: Sequence[Sequence[Any]]) -> None:
        self.function([args[0] for args in calls])


registered: dict[str, BaseTask] = {}


@overload
def task(*, queue: Queue = ..., unique: bool = ...) -> Callable[[Callable[P, object]], Task[P]]: ...


@overload
def task(
    *, batch: int, queue: Queue = ..., unique: bool = ...
) -> Callable[[Callable[[list[Item]], object]], BatchTask[Item]]: ...


def task(*, batch: int = 0, queue: Queue = Queue.TASKS, unique: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """
    Turn a function into a task.

    Its jobs go to `queue`. With `batch`, one call takes up to that many waiting jobs. With `unique`, a job is not
    written while one with the same arguments is waiting.
    """

    def register(function: Callable[..., Any]) -> BaseTask:
        made = (
            BatchTask[Any](function, batch=batch, queue=queue, unique=unique)
            if batch
            else Task[Any](function, queue=queue, unique=unique)
        )
        if made.name in registered:
            raise ImproperlyConfigured(f"Two tasks have the name {made.name}.")
        registered[made.name] = made
        return made

    return register
