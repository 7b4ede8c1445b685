"""A lock for processes on several machines, held in their database."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

# The key of the advisory lock in PostgreSQL: "microblo".
LOCK = int.from_bytes(b"microblo")
POLL_SECONDS = 0.2


@contextmanager
def exclusive_lock(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """
    Wait until no other process that uses this database holds the lock, and hold it for the block.

    It is released when the process ends for any reason. It needs its own database session, without PgBouncer.
    """
    if connection.vendor == "postgresql":
        holder = connection.copy()
        try:
            # Polled, because a waiting statement would block CREATE INDEX CONCURRENTLY.
            while not _take(holder):
                time.sleep(POLL_SECONDS)
            yield
        finally:
            holder.close()
        return
    folder = os.open(Path(connection.settings_dict["NAME"]).parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _take(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (is_taken,) = cursor.fetchone()
        return bool(is_taken)
