"""Rows in batches."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Row = TypeVar("Row")


def batched(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield lists of up to `size` rows, as itertools.batched() of Python 3.12."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
