"""Tasks for tests of jobs, which record that they ran."""

import threading

from jobs.models import Queue
from jobs.tasks import task

ran: list[object] = []
finished = threading.Event()


@task()
def note(*args: object) -> None:
    ran.append(args)


@task(unique=True)
def note_once(*args: object) -> None:
    ran.append(args)


@task(queue=Queue.MAIL)
def note_mail(*args: object) -> None:
    ran.append(args)


@task()
def count_down(*args: object) -> bool:
    """Return whether to run again, until the third run."""
    ran.append(args)
    return len(ran) < 3


@task(batch=3)
def note_all(ids: list[int]) -> None:
    ran.append(ids)


@task(batch=3)
def refuse_seven(ids: list[int]) -> None:
    if 7 in ids:
        raise ValueError("seven cannot be done")
    ran.append(ids)


@task()
def fail() -> None:
    raise ValueError("no luck today")


@task()
def finish() -> None:
    finished.set()
