"""Several calls at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from microblog.core.exceptions import DomainError

# Seconds that a test waits for what another thread does, which only a failure takes.
PATIENCE = 60


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """
    Run the calls in threads that start together, each with a database connection of its own.

    Return what each returned, or the DomainError that it raised.
    """
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
