"""Limit of processor time for a response, on a machine of any speed."""

import gc
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

# Processor seconds for a response on a machine that runs the calibration in CALIBRATED.
LIMIT = 0.5
CALIBRATED = 0.05


def calibrate() -> float:
    """Return the least processor seconds that a fixed amount of work takes here."""

    def once() -> float:
        began = time.process_time()
        sum(number * number for number in range(500_000))
        return time.process_time() - began

    return min(once() for _ in range(3))


# Never less than LIMIT, also on faster machines.
BUDGET = LIMIT * max(1, calibrate() / CALIBRATED)


def least_seconds(work: Callable[[], T], enough: float) -> tuple[float, T]:
    """
    Return the least processor seconds of up to three runs, of which one within `enough` is the last, and the result.

    Other work on the same cores, and garbage of the whole process, can only add to what the work itself takes.
    """
    least = math.inf
    for _run in range(3):
        gc.disable()
        began = time.thread_time()
        try:
            result = work()
        finally:
            least = min(least, time.thread_time() - began)
            gc.enable()
        if least <= enough:
            break
    return least, result


@contextmanager
def affordable(what: str, budget: float = BUDGET) -> Iterator[None]:
    """Fail if the block takes more processor time than a response may, without garbage collection."""
    gc.disable()
    began = time.thread_time()
    try:
        yield
    finally:
        taken = time.thread_time() - began
        gc.enable()
    if taken > budget:
        # The machine may be slower by now because of other work.
        budget *= max(1, LIMIT * calibrate() / CALIBRATED / BUDGET)
    assert taken <= budget, f"{what} took {taken:.2f} s of processor time, and may take {budget:.2f} s"
