"""What clients of services over HTTP share."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

MAX_PAUSE_SECONDS = 24 * 3600


def seconds_until(value: str | None, *, is_unix_time: bool = False) -> int | None:
    """
    Return the seconds until the time in a header: seconds from now, a Unix time (`is_unix_time`), or a date.

    They are between 1 and MAX_PAUSE_SECONDS; None without a valid value.
    """
    if not value:
        return None
    try:
        seconds = float(value) - (time.time() if is_unix_time else 0)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(1, round(seconds)), MAX_PAUSE_SECONDS) if isfinite(seconds) else None
