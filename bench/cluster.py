"""A private PostgreSQL for measurements: it keeps its data and runs while a measurement runs."""

import fcntl
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.environment import ROOT
from scripts.servers import NotInstalled, find_postgresql, free_port, run, unprivileged_user

# Ignored by git through a file of its own.
FOLDER = ROOT / ".bench"

# A small server with all of its safety on; the largest set fits into its memory and the system's.
SETTINGS = {
    "shared_buffers": "2GB",
    "effective_cache_size": "12GB",
    "random_page_cost": "1.1",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "''",
}


@contextmanager
def cluster() -> Iterator[str]:
    """Run the server, made at the first time, and give the URL of its database `bench`."""
    try:
        binaries = find_postgresql()
    except NotInstalled as reason:
        sys.exit(str(reason))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n")
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("Another measurement is running.")
        user, port = unprivileged_user(), free_port()
        # Another major version cannot read the files.
        home = FOLDER / f"postgresql-{binaries.parent.name}"
        data = home / "data"
        if not home.exists():
            home.mkdir()
            shutil.chown(home, user)
        if not (data / "PG_VERSION").exists():
            run(user, binaries / "initdb", "-D", data, "--username=microblog", "--auth=trust", "--locale=C.UTF-8")
        stop = (user, binaries / "pg_ctl", "stop", "--wait", "-D", data, "-m", "fast")
        # One that outlived its measurement.
        run(*stop, check=False)
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        run(user, binaries / "pg_ctl", "start", "--wait", "-D", data, "-l", home / "log", "-o", f"-p {port} {options}")
        try:
            yield f"postgres://microblog@127.0.0.1:{port}/bench"
        finally:
            run(*stop)
