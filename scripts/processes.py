"""
Background processes that can be stopped and restarted.

Use only the standard library here.
"""

from __future__ import annotations

import math
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

HOST = "127.0.0.1"
START_SECONDS, STOP_SECONDS = 180, 120
# As in the units of systemd.
RESTART_SECONDS = 2


class Process:
    """A command with a log that runs during a `with` block and can be restarted."""

    # Restart it when it exits by itself, as systemd and Compose do.
    is_kept = False
    stopped_by = signal.SIGTERM

    def __init__(self, name: str, command: Sequence[str | Path], folder: Path, port: int = 0, **options: Any) -> None:
        self.name, self.command, self.port, self.options = name, list(command), port, options
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.is_wanted = False

    def __enter__(self) -> Self:
        self.start()
        self.wait()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        self.is_wanted = True
        self._spawn()
        if self.is_kept:
            threading.Thread(target=self._keep, daemon=True).start()

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, **self.options, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _keep(self) -> None:
        while self.process and self.process.wait() is not None and self.is_wanted:
            time.sleep(RESTART_SECONDS)
            if self.is_wanted:
                self._spawn()

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def stop(self, how: signal.Signals | None = None) -> None:
        self.is_wanted = False
        if self.process and self.process.poll() is None:
            self.process.send_signal(how or self.stopped_by)
            self.process.wait(timeout=STOP_SECONDS)

    def is_ready(self) -> bool:
        """Return whether it accepts connections."""
        return is_listening(self.port)

    def wait(self) -> None:
        """Wait until it is ready; exit with the end of its log if it stops instead."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.is_ready():
                return
            if self.process and self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")


def free_port() -> int:
    """
    Return a free port of 127.0.0.1, below those that systems give to clients and to servers without a fixed port.

    A port among these may be taken before the server that it is meant for listens on it.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as server, suppress(OSError):
            server.bind((HOST, port))
            return port


def is_listening(port: int) -> bool:
    """Return whether a process of this machine listens on a port."""
    with suppress(OSError):
        socket.create_connection((HOST, port), timeout=1).close()
        return True
    return False


def descendants(pid: int) -> list[int]:
    """Return all descendants of a process."""
    children: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (thread / "children").read_text().split())
    return children + [found for child in children for found in descendants(child)]


def wait_until(is_so: Callable[[], object], seconds: float, *, pause: float = 0.05) -> float:
    """Wait until a condition is true and return the seconds; infinity after `seconds`."""
    begun = time.monotonic()
    while not is_so():
        if time.monotonic() > begun + seconds:
            return math.inf
        time.sleep(pause)
    return time.monotonic() - begun
