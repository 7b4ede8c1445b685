"""The programs of a site on this machine, which trials stop and start, and waiting for them."""

from __future__ import annotations

import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psycopg2

from bench.settings import HOST
from scripts.servers import as_user, find_postgresql, free_port, run, unpack_elasticsearch, unprivileged_user

START_SECONDS = 180
# As in the units of systemd.
RESTART_SECONDS = 2


class Part:
    """A program of the site: the same command each time it is started."""

    # Started again when it ends by itself, as systemd and compose do.
    is_kept = False

    def __init__(
        self, name: str, command: Sequence[str | Path], folder: Path, port: int = 0, **options: object
    ) -> None:
        self.name, self.command, self.port, self.options = name, list(command), port, options
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.is_wanted = False

    def start(self) -> None:
        self.is_wanted = True
        self._spawn()
        if self.is_kept:
            threading.Thread(target=self._keep, daemon=True).start()

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, **self.options)  # type: ignore[call-overload] # of any type

    def _keep(self) -> None:
        while self.process and self.process.wait() is not None and self.is_wanted:
            time.sleep(RESTART_SECONDS)
            if self.is_wanted:
                self._spawn()

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.is_wanted = False
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=120)

    def wait(self) -> None:
        """Return when it takes connections."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with suppress(OSError):
                return socket.create_connection((HOST, self.port), timeout=1).close()
            if self.process and self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")


def postgresql(folder: Path) -> Part:
    """Make a cluster."""
    user, data, binaries, port = unprivileged_user(), folder / "postgresql", find_postgresql(), free_port()
    data.mkdir()
    shutil.chown(data, user)
    run(user, binaries / "initdb", "-D", data, "--username=microblog", "--auth=trust", "--locale=C.UTF-8")
    command = [binaries / "postgres", "-D", data, "-h", HOST, "-p", str(port), "-k", ""]
    return Part("postgresql", command, folder, port, **as_user(user))


def redis(folder: Path) -> Part:
    port = free_port()
    command = ["redis-server", "--bind", HOST, "--port", str(port), "--save", "", "--appendonly", "no"]
    return Part("redis", command, folder, port, cwd=folder)


def elasticsearch(folder: Path) -> Part:
    """Fetch the server."""
    user, home = unprivileged_user(), folder / "elasticsearch"
    home.mkdir()
    shutil.chown(home, user)
    port, command, variables = unpack_elasticsearch(home, user)
    return Part("Elasticsearch", command, folder, port, env=os.environ | variables, **as_user(user))


def answers(database_url: str) -> bool:
    """Tell whether a server takes connections to a database."""
    with suppress(psycopg2.OperationalError):
        psycopg2.connect(database_url).close()
        return True
    return False


def descendants(pid: int) -> list[int]:
    """Return the processes that any thread of a process has started, and theirs."""
    children: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (thread / "children").read_text().split())
    return children + [found for child in children for found in descendants(child)]


def wait_until(is_so: Callable[[], object], seconds: float, *, pause: float = 0.05) -> float:
    """Return the seconds until something is so; infinity when that takes longer than `seconds`."""
    begun = time.monotonic()
    while not is_so():
        if time.monotonic() > begun + seconds:
            return math.inf
        time.sleep(pause)
    return time.monotonic() - begun
