"""A private PostgreSQL for measurements: it keeps its data and runs while a measurement runs."""

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.environment import ROOT
from scripts.servers import postgresql

# Ignored by git through a file of its own.
FOLDER = ROOT / ".bench"

# A small server with all of its safety on; the largest set fits into its memory and the system's.
SETTINGS = {"shared_buffers": "2GB", "effective_cache_size": "12GB", "random_page_cost": "1.1"}


@contextmanager
def cluster() -> Iterator[str]:
    """Run the server, made at the first time, and give the URL of its database `bench`."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n")
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Another measurement is running.")
        with postgresql(FOLDER, **SETTINGS) as server:
            yield server.database("bench")
