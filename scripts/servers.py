"""
Start and stop private servers for the tests.

Each service is one function: it starts a server on a free port of 127.0.0.1, with its data in a temporary folder,
and tells how to reach, check and stop it. That is kept in `.services`.
"""

import json
import os
import pwd
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

STATE = Path(__file__).resolve().parent.parent / ".services"


# The server itself with its core modules, as Maven Central has it.
ELASTICSEARCH = "org.elasticsearch.distribution.integ-test-zip:elasticsearch:9.2.0:zip"
LEAST_JAVA = 21


class NotInstalled(Exception):
    """A server is left out, for want of what the message names."""


class Service(TypedDict):
    """A server that was started: its folder, its user, what it exports, the commands that check and stop it."""

    folder: str
    user: str
    exports: dict[str, str]
    check: list[str]
    stop: list[str]


def postgresql(folder: Path, user: str) -> Service:
    """Start a PostgreSQL cluster that trades safety in a crash for speed."""
    binaries, data, port = find_postgresql(), folder / "data", free_port()
    options = f"-h 127.0.0.1 -p {port} -k '' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    run(user, binaries / "initdb", "-D", data, "--username=microblog", "--auth=trust", "--locale=C.UTF-8", "--no-sync")
    run(user, binaries / "pg_ctl", "start", "--wait", "-D", data, "-l", folder / "log", "-o", options)
    return {
        "folder": str(folder),
        "user": user,
        "exports": {"TEST_DATABASE_URL": f"postgres://microblog@127.0.0.1:{port}/postgres"},
        "check": [f"{binaries}/pg_ctl", "status", "-D", f"{data}"],
        "stop": [f"{binaries}/pg_ctl", "stop", "-D", f"{data}", "-m", "immediate"],
    }


def redis(folder: Path, user: str) -> Service:
    """Start a Redis that keeps nothing on disk."""
    if not (server := shutil.which("redis-server")) or not (client := shutil.which("redis-cli")):
        raise NotInstalled("redis-server was not found; on Debian: apt install redis-server")
    port = free_port()
    options = ["--bind", "127.0.0.1", "--port", f"{port}", "--save", "", "--appendonly", "no", "--dir", f"{folder}"]
    run(user, server, *options, "--daemonize", "yes", "--logfile", f"{folder}/log")
    return {
        "folder": str(folder),
        "user": user,
        "exports": {"TEST_REDIS_URL": f"redis://127.0.0.1:{port}/0"},
        "check": [client, "-p", f"{port}", "ping"],
        "stop": [client, "-p", f"{port}", "shutdown", "nosave"],
    }


def elasticsearch(folder: Path, user: str) -> Service:
    """Start an Elasticsearch of one node, fetched by Maven."""
    port, command, environment = unpack_elasticsearch(folder, user)
    pid = folder / "pid"
    run(user, *command, "-d", "-p", pid, environment=environment)
    return {
        "folder": str(folder),
        "user": user,
        "exports": {"TEST_ELASTICSEARCH_URL": f"http://127.0.0.1:{port}"},
        "check": ["sh", "-c", f"kill -0 $(cat {pid})"],
        "stop": ["sh", "-c", f"pid=$(cat {pid}); kill $pid; while kill -0 $pid; do sleep 0.1; done"],
    }


def unpack_elasticsearch(folder: Path, user: str) -> tuple[int, list[str | Path], dict[str, str]]:
    """Fetch it into a folder of the user; return its port, the command that starts it and the variables of that."""
    if not (java := find_java()):
        raise NotInstalled(f"Elasticsearch needs Java {LEAST_JAVA} or later, at ES_JAVA_HOME or under /usr/lib/jvm")
    if not (maven := shutil.which("mvn")) or not (unzip := shutil.which("unzip")):
        raise NotInstalled("Maven and unzip fetch Elasticsearch; on Debian: apt install maven unzip")
    me = pwd.getpwuid(os.getuid()).pw_name
    options = [f"-Dartifact={ELASTICSEARCH}", f"-DoutputDirectory={folder}"]
    run(me, maven, "-q", "-B", "dependency:copy", *options, environment={"HOME": f"{Path.home()}"})
    (archive,) = folder.glob("*.zip")
    run(user, unzip, "-q", archive, "-d", folder)
    archive.unlink()
    (server,) = folder.glob("elasticsearch-*")
    port = free_port()
    facts = {
        "discovery.type": "single-node",
        "xpack.security.enabled": "false",
        "http.port": port,
        "transport.port": free_port(),
        "path.data": folder / "data",
        "path.logs": folder / "logs",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }
    arguments = [argument for name, value in facts.items() for argument in ("-E", f"{name}={value}")]
    variables = {"ES_JAVA_HOME": f"{java}", "ES_JAVA_OPTS": "-Xms512m -Xmx512m", "HOME": f"{folder}"}
    return port, [server / "bin" / "elasticsearch", *arguments], variables


def find_postgresql() -> Path:
    """Return the folder of PostgreSQL's programs, those of the newest version installed."""
    found = [shutil.which("initdb"), *Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    folders = {Path(path).resolve().parent for path in found if path}
    if not folders:
        raise NotInstalled("PostgreSQL's initdb was not found; on Debian: apt install postgresql")
    return max(folders, key=lambda path: _numbers(str(path)))


def find_java() -> Path | None:
    """Return the home of the newest Java that Elasticsearch runs on: $ES_JAVA_HOME when it is given."""
    if given := os.environ.get("ES_JAVA_HOME"):
        return Path(given)
    homes: list[tuple[int, Path]] = []
    for release in Path("/usr/lib/jvm").glob("*/release"):
        version = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.MULTILINE)
        if version and int(version[1]) >= LEAST_JAVA and (release.parent / "bin" / "java").exists():
            homes.append((int(version[1]), release.parent))
    return max(homes)[1] if homes else None


SERVICES: dict[str, Callable[[Path, str], Service]] = {
    "postgresql": postgresql,
    "redis": redis,
    "elasticsearch": elasticsearch,
}


def start() -> None:
    """Start what does not run yet and print the addresses as shell exports; name what cannot be started."""
    STATE.mkdir(exist_ok=True)
    for name, starter in SERVICES.items():
        state = STATE / f"{name}.json"
        if not (state.exists() and is_running(state)):
            remove(state)
            print(f"Starting {name} …", file=sys.stderr)
            user = unprivileged_user()
            folder = Path(tempfile.mkdtemp(prefix=f"microblog-{name}-"))
            try:
                shutil.chown(folder, user)
                state.write_text(json.dumps(starter(folder, user), indent=2))
            except NotInstalled as reason:
                shutil.rmtree(folder)
                print(f"Left out: {reason}", file=sys.stderr)
                continue
            except BaseException:  # sys.exit() and Ctrl-C too
                shutil.rmtree(folder)
                raise
        for variable, value in read(state)["exports"].items():
            print(f"export {variable}={shlex.quote(value)}")


def stop() -> None:
    """Stop what `start` started, and nothing else."""
    for state in STATE.glob("*.json"):
        if is_running(state):
            print(f"Stopping {state.stem} …", file=sys.stderr)
            run(read(state)["user"], *read(state)["stop"])
        remove(state)


def read(state: Path) -> Service:
    """Return what was noted of a started server."""
    service: Service = json.loads(state.read_text())
    return service


def is_running(state: Path) -> bool:
    """Tell whether the noted server still runs."""
    service = read(state)
    return Path(service["folder"]).exists() and run(service["user"], *service["check"], check=False) == 0


def remove(state: Path) -> None:
    """Forget a server that does not run, and its data."""
    if state.exists():
        shutil.rmtree(read(state)["folder"], ignore_errors=True)
        state.unlink()


def run(user: str, *command: str | Path, check: bool = True, environment: dict[str, str] | None = None) -> int:
    """Run a command as the user, with more variables; exit with its output when it must succeed and does not."""
    # In a file, since a server that was started keeps the output open.
    with tempfile.TemporaryFile("w+") as output:
        status = subprocess.call(
            command,
            **as_user(user),
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        if status and check:
            output.seek(0)
            sys.exit(f"{Path(command[0]).name} failed:\n{output.read().strip()}")
    return status


def as_user(user: str) -> dict[str, Any]:
    """Return the options of a process that is the user's; only root can choose."""
    if os.getuid() != 0:
        return {"cwd": "/"}
    return {"cwd": "/", "user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def unprivileged_user() -> str:
    """Return whom servers run as: they refuse to run as root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    return "postgres" if "postgres" in (entry.pw_name for entry in pwd.getpwall()) else "nobody"


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


def find_chromium() -> str | None:
    """Return the path of the browser for the browser tests: `$CHROMIUM` when it is given."""
    given = os.environ.get("CHROMIUM")
    names = [given] if given else ["chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, names)), None)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]]()
