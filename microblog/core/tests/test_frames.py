"""Memory for the frames of Python's calls."""

from collections.abc import Callable
from resource import RUSAGE_SELF, getrusage

from microblog.core.performance.frames import with_room_for_calls

DEPTHS, CALLS = 200, 1_000


def page_faults_at(depth: int) -> int:
    """Return how often the system had to provide memory for calls in a loop at this depth of calls."""
    if depth:
        return page_faults_at(depth - 1)
    before = getrusage(RUSAGE_SELF).ru_minflt
    for _ in range(CALLS):
        int_of("1")
    return getrusage(RUSAGE_SELF).ru_minflt - before


def int_of(text: str) -> int:
    return int(text)


def most_page_faults() -> int:
    return max(page_faults_at(depth) for depth in range(DEPTHS))


def test_calls_in_a_loop_take_no_memory_from_the_system_at_any_depth():
    run: Callable[[], int] = with_room_for_calls(most_page_faults)
    assert run() < CALLS // 10
