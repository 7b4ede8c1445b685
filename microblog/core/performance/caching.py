"""The switch of all caches of this package, and the simplest of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from django.conf import settings

P = ParamSpec("P")
R = TypeVar("R")

# The names of caches that are off while `python -m bench.load caches` measures the others.
switched_off: set[str] = set()


def is_on(name: str) -> bool:
    """Return whether results of this function or template are cached."""
    return settings.PERFORMANCE_CACHES and name not in switched_off


def name_of(function: Callable[..., object]) -> str:
    """Return the name by which is_on() knows a function."""
    return f"{function.__module__}.{function.__qualname__}"


def cached(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """
    Cache the last `size` results of a function, whose arguments are hashable and are all that the result depends on.

    Arguments are compared with their types, because safe HTML equals the same text that is not safe.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name, lookup = name_of(function), lru_cache(size, typed=True)(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return lookup(*args, **kwargs) if is_on(name) else function(*args, **kwargs)  # type: ignore[arg-type] # hashable

        return call

    return decorate
