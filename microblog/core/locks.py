"""A lock that processes on several machines share: they have the database in common, and nothing else."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

# What this site calls its lock among the advisory locks of a PostgreSQL database: "microblo".
LOCK = int.from_bytes(b"microblo")
POLL_SECONDS = 0.2


@contextmanager
def only_one(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """
    Run the block while no other process is inside, on any machine that uses this database; the others wait.

    The lock ends with its process, however that ends. It needs a session of its own: no PgBouncer in between.
    """
    if connection.vendor == "postgresql":
        holder = connection.copy()
        try:
            # Asked again and again, because a statement that waits would hold up CREATE INDEX CONCURRENTLY.
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
