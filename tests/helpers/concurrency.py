"""Several calls at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from microblog.core.exceptions import DomainError

# Timeout in seconds for other threads; only reached in a failure.
PATIENCE = 60


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """
    Run the calls in threads that start together, each with its own database connection.

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
