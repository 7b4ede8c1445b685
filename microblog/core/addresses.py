"""Addresses of pages, remembered: every row of a list needs several, and reversing one costs 20 microseconds."""

from functools import lru_cache

from django.urls import get_script_prefix, reverse


def address(name: str, *args: str | int) -> str:
    """Return what `reverse(name, args=args)` returns."""
    return _reverse(get_script_prefix(), name, args)


@lru_cache(maxsize=2**16)
def _reverse(_prefix: str, name: str, args: tuple[str | int, ...]) -> str:
    return reverse(name, args=args)
