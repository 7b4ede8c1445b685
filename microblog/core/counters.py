"""Counters on rows, such as the number of a user's posts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Greatest


def add_to_counter(rows: QuerySet[Any], counter: str, keys: Iterable[int], *, by: int) -> None:
    """
    Add `by` to a counter of the rows with these primary keys, as often as each occurs, but never below 0.

    At most one statement.
    """
    occurrences = Counter(keys)
    if occurrences:
        cases = (When(pk=key, then=Value(by * times)) for key, times in sorted(occurrences.items()))
        rows.filter(pk__in=occurrences).update(**{counter: Greatest(F(counter) + Case(*cases), Value(0))})
