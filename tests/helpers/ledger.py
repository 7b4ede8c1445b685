"""Tasks for tests of the outbox: they write down that they ran."""

import threading

from jobs.outbox import batched

ran: list[object] = []
finished = threading.Event()


def note(*args: object) -> None:
    ran.append(args)


@batched(3)
def note_all(ids: list[int]) -> None:
    ran.append(ids)


@batched(3)
def refuse_seven(ids: list[int]) -> None:
    if 7 in ids:
        raise ValueError("seven cannot be done")
    ran.append(ids)


def fail() -> None:
    raise ValueError("no luck today")


def finish() -> None:
    finished.set()
