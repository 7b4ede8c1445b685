"""Start one server of each kind for the tests (`make services`), and store in `.services` how to stop them."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypedDict

from .processes import STOP_SECONDS, is_listening, wait_until
from .servers import NotInstalled, Server, elasticsearch, find_chromium, mariadb, postgresql, redis

STATE = Path(__file__).resolve().parent.parent / ".services"


def find_missing() -> dict[str, str]:
    """Return the missing services by test marker, with how to provide them."""
    missing = {
        name: f"{variable} is not set" for name, (variable, _) in SERVICES.items() if not os.environ.get(variable)
    }
    if not shutil.which("nginx"):
        missing["nginx"] = "not on the path"
    if not find_chromium():
        missing["browser"] = "Chromium is neither on the path nor at CHROMIUM"
    return missing


class Service(TypedDict):
    """A started server: its folder, process, port, stop signal, and exported variable."""

    folder: str
    pid: int
    port: int
    stopped_by: int
    exports: dict[str, str]


SERVICES: dict[str, tuple[str, Callable[[Path], Server]]] = {
    # Tests do not need crash safety.
    "postgresql": (
        "TEST_DATABASE_URL",
        partial(postgresql, fsync="off", synchronous_commit="off", full_page_writes="off"),
    ),
    "mariadb": ("TEST_MARIADB_URL", partial(mariadb, innodb_flush_log_at_trx_commit="0", innodb_doublewrite="0")),
    "redis": ("TEST_REDIS_URL", redis),
    "elasticsearch": ("TEST_ELASTICSEARCH_URL", elasticsearch),
}


def start() -> None:
    """Start the servers that are not running, print their URLs as shell exports, and name those that are missing."""
    STATE.mkdir(exist_ok=True)
    for name, (variable, make) in SERVICES.items():
        state = STATE / f"{name}.json"
        if not (state.exists() and is_running(read(state))):
            remove(state)
            print(f"Starting {name} …", file=sys.stderr)
            folder = Path(tempfile.mkdtemp(prefix=f"microblog-{name}-"))
            try:
                state.write_text(json.dumps(start_service(make(folder), variable), indent=2))
            except NotInstalled as reason:
                shutil.rmtree(folder)
                print(f"Left out: {reason}", file=sys.stderr)
                continue
            except BaseException:  # sys.exit() and Ctrl-C too
                shutil.rmtree(folder)
                raise
        for exported, value in read(state)["exports"].items():
            print(f"export {exported}={shlex.quote(value)}")


def start_service(server: Server, variable: str) -> Service:
    """Start a server that outlives this program and its terminal; return its record."""
    server.options["start_new_session"] = True
    server.start()
    try:
        server.wait()
    except BaseException:
        server.stop()
        raise
    return {
        "folder": str(server.log.parent),
        "pid": server.pid,
        "port": server.port,
        "stopped_by": server.stopped_by,
        "exports": {variable: server.url},
    }


def stop() -> None:
    """Stop only the servers that `start` started."""
    for state in STATE.glob("*.json"):
        service = read(state)
        if is_running(service):
            print(f"Stopping {state.stem} …", file=sys.stderr)
            stop_service(service)
        remove(state)


def stop_service(service: Service) -> None:
    os.kill(service["pid"], service["stopped_by"])
    wait_until(lambda: not is_alive(service["pid"]), STOP_SECONDS)


def read(state: Path) -> Service:
    """Return the record of a started server."""
    service: Service = json.loads(state.read_text())
    return service


def is_running(service: Service) -> bool:
    """Return whether the recorded server still runs: its pid may have been reused."""
    return Path(service["folder"]).exists() and is_alive(service["pid"]) and is_listening(service["port"])


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, 0)
        return True
    return False


def remove(state: Path) -> None:
    """Delete the record and data of a stopped server."""
    if state.exists():
        shutil.rmtree(read(state)["folder"], ignore_errors=True)
        state.unlink()


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]]()
