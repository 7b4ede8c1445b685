"""The switch for all caches of this package, and a cache of function results."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from django.conf import settings

P = ParamSpec("P")
R = TypeVar("R")

# The names of caches that `python -m bench.load caches` disables to measure the others.
disabled: set[str] = set()


def is_enabled(name: str) -> bool:
    """Return whether the cache of this function or template is enabled."""
    return settings.PERFORMANCE_CACHES and name not in disabled


def name_of(function: Callable[..., object]) -> str:
    """Return the name of a function for is_enabled()."""
    return f"{function.__module__}.{function.__qualname__}"


def cached(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """
    Cache the last `size` results of a function, which must depend only on its arguments, all hashable.

    Arguments of different types are distinct, because safe HTML equals the same text that is not safe.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name, lookup = name_of(function), lru_cache(size, typed=True)(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            return lookup(*args, **kwargs) if is_enabled(name) else function(*args, **kwargs)  # type: ignore[arg-type] # hashable

        return call

    return decorate
