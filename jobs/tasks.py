"""
Tasks: functions that workers call, in the `tasks` module of an app.

The decorator has the form of Django's own tasks: `@task()` makes a `Task`, whose `enqueue()` takes the arguments of
the function. A job is done at least once, and so each task must be safe to repeat.
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
    Raised by a task when a service that it needs is unavailable: all of its jobs wait, and no attempt is counted.

    The next tick tries again, so that no job is given up however long that lasts.
    """


class BaseTask:
    # How many waiting jobs one call takes, as a list of their arguments; 0 for a task that is called for each job.
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
        """Call the function with the arguments of a job. When it returns True, more is left: enqueue it again."""
        (args,) = calls
        if self.function(*args) is True:
            self._write([args])

    def _write(self, calls: Iterable[Sequence[Any]]) -> None:
        outbox.write(self.name, calls, queue=self.queue, unique=self.unique)


class Task(BaseTask, Generic[P]):
    """A function that a worker calls for each job. Its arguments are ids, nothing secret."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> object:
        return self.function(*args, **kwargs)

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Write a job that is carried out once this transaction is committed. One statement."""
        self._write([self.signature.bind(*args, **kwargs).args])


class BatchTask(BaseTask, Generic[Item]):
    """A function that a worker calls with the list of the arguments of up to `batch` waiting jobs."""

    def __init__(self, function: Callable[..., object], *, batch: int, queue: Queue, unique: bool) -> None:
        super().__init__(function, queue=queue, unique=unique)
        self.batch = batch

    def __call__(self, items: list[Item]) -> object:
        return self.function(items)

    def enqueue(self, item: Item) -> None:
        """Write a job that is carried out once this transaction is committed. One statement."""
        self.enqueue_each([item])

    def enqueue_each(self, items: Iterable[Item]) -> None:
        """Write a job for each of these different arguments. Few statements."""
        # In one order, so that two transactions never wait for each other.
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
    Make a task of a function.

    `queue` names the workers that call it. With `batch`, it takes up to as many waiting jobs at once. With `unique`, a
    job with the same arguments that still waits is not written a second time.
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
