"""Memory for the frames of Python's calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# CPython takes memory for frames from the system in chunks, and returns a chunk when the first frame in it ends. A
# request needs several of the usual 16 KiB. If one ends at the depth of a loop, such as that over the nodes of a
# template, each call takes and returns it: up to half of the time of a page. This many words need a chunk of 512 KiB,
# whose other half has room for the calls of any request; only what they use of it is real memory.
WORDS = 33 * 2**10


def with_room_for_calls(function: Callable[P, R]) -> Callable[P, R]:
    """Let all calls during one of this function have their frames in one chunk of memory."""

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(*args, **kwargs)

    call.__code__ = call.__code__.replace(co_stacksize=WORDS)
    return call
