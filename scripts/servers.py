"""
Start PostgreSQL, MariaDB, Redis and Elasticsearch, find Chromium and nginx: for tests and measurements.

Each server is one function: it prepares a folder and returns the process, which listens on a free port of 127.0.0.1.
`make services` starts one of each, and stores in `.services` how to stop them.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from .processes import HOST, STOP_SECONDS, Process, free_port, is_listening, wait_until

STATE = Path(__file__).resolve().parent.parent / ".services"
# The server with its core modules, from Maven Central.
ELASTICSEARCH = "org.elasticsearch.distribution.integ-test-zip:elasticsearch:9.2.0:zip"
LEAST_JAVA = 21


class NotInstalled(SystemExit):
    """A server cannot be started because the program in the message is missing."""


class Server(Process):
    """A server, its URL, and the command that succeeds once it is ready."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        folder: Path,
        *,
        url: str,
        check: Sequence[str | Path] = (),
        **options: Any,
    ) -> None:
        user = unprivileged_user()
        super().__init__(name, command, folder, int(re.findall(r":(\d+)", url)[0]), **as_user(user), **options)
        self.url, self.check = url, check

    def is_ready(self) -> bool:
        return run(unprivileged_user(), *self.check, check=False) == 0 if self.check else super().is_ready()

    def database(self, name: str) -> str:
        """Return the URL of another database of the server."""
        return f"{self.url.rpartition('/')[0]}/{name}"


def postgresql(folder: Path, **settings: str) -> Server:
    """Return a PostgreSQL with the given settings; existing data in the folder is reused."""
    user, binaries, port = unprivileged_user(), find_postgresql(), free_port()
    # Another major version cannot read the files.
    data = make_home(folder, f"postgresql-{binaries.parent.name}") / "data"
    if (data / "PG_VERSION").exists():
        # A server that outlived the program that started it.
        run(user, binaries / "pg_ctl", "stop", "--wait", "-D", data, "-m", "fast", check=False)
    else:
        run(user, binaries / "initdb", "-D", data, "--username=microblog", "--auth=trust", "--locale=C.UTF-8")
    options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
    server = Server(
        "postgresql",
        [binaries / "postgres", "-D", data, "-h", HOST, "-p", str(port), "-k", "", *options],
        folder,
        url=f"postgres://microblog@{HOST}:{port}/postgres",
        check=[binaries / "pg_isready", "-q", "-h", HOST, "-p", str(port)],
    )
    # Fast shutdown, without waiting for clients.
    server.stopped_by = signal.SIGINT
    return server


def mariadb(folder: Path, **settings: str) -> Server:
    """Return an empty MariaDB whose `root` needs no password, with the given settings and a URL for SQLAlchemy."""
    # Debian's is where only root looks.
    path = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin"
    programs = [shutil.which(name, path=path) for name in ("mariadbd", "mariadb-install-db", "mariadb-admin")]
    if not all(programs):
        raise NotInstalled("mariadbd was not found; on Debian: apt install mariadb-server")
    server, install, client = map(str, programs)
    user, home, port = unprivileged_user(), make_home(folder, "mariadb"), free_port()
    data = f"--datadir={home / 'data'}"
    # Names of hosts are not resolved: root is known by 127.0.0.1.
    options = ["--no-defaults", data, "--skip-name-resolve"]
    run(user, install, *options, "--auth-root-authentication-method=normal", "--skip-test-db")
    options += [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    address = [
        "--port",
        str(port),
        "--bind-address",
        HOST,
        f"--socket={home / 'socket'}",
        f"--pid-file={home / 'pid'}",
    ]
    return Server(
        "mariadb",
        [server, *options, *address],
        folder,
        url=f"mysql+pymysql://root@{HOST}:{port}/mysql",
        check=[client, "--no-defaults", "--host", HOST, "--port", str(port), "--user=root", "--silent", "ping"],
    )


def redis(folder: Path, *options: str) -> Server:
    """Return a Redis without persistence; its folder is `redis` in the given one."""
    if not (server := shutil.which("redis-server")) or not (client := shutil.which("redis-cli")):
        raise NotInstalled("redis-server was not found; on Debian: apt install redis-server")
    home, port = make_home(folder, "redis"), free_port()
    return Server(
        "redis",
        [
            server,
            "--bind",
            HOST,
            "--port",
            str(port),
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(home),
            *options,
        ],
        folder,
        url=f"redis://{HOST}:{port}/0",
        check=[client, "-p", str(port), "ping"],
    )


def elasticsearch(folder: Path) -> Server:
    """Return a single-node Elasticsearch, fetched by Maven."""
    if not (java := find_java()):
        raise NotInstalled(f"Elasticsearch needs Java {LEAST_JAVA} or later, at ES_JAVA_HOME or under /usr/lib/jvm")
    if not (maven := shutil.which("mvn")) or not (unzip := shutil.which("unzip")):
        raise NotInstalled("Maven and unzip fetch Elasticsearch; on Debian: apt install maven unzip")
    home, port = make_home(folder, "elasticsearch"), free_port()
    me = pwd.getpwuid(os.getuid()).pw_name
    options = [f"-Dartifact={ELASTICSEARCH}", f"-DoutputDirectory={home}"]
    run(me, maven, "-q", "-B", "dependency:copy", *options, environment={"HOME": f"{Path.home()}"})
    (archive,) = home.glob("*.zip")
    run(unprivileged_user(), unzip, "-q", archive, "-d", home)
    archive.unlink()
    (server,) = home.glob("elasticsearch-*")
    facts = {
        "discovery.type": "single-node",
        "xpack.security.enabled": "false",
        "http.port": port,
        "transport.port": free_port(),
        "path.data": home / "data",
        "path.logs": home / "logs",
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }
    arguments = [argument for name, value in facts.items() for argument in ("-E", f"{name}={value}")]
    variables = {"ES_JAVA_HOME": f"{java}", "ES_JAVA_OPTS": "-Xms512m -Xmx512m", "HOME": f"{home}"}
    return Server(
        "Elasticsearch",
        [server / "bin" / "elasticsearch", *arguments],
        folder,
        url=f"http://{HOST}:{port}",
        env=os.environ | variables,
    )


def find_postgresql() -> Path:
    """Return the folder of the newest installed PostgreSQL's programs."""
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


def find_chromium() -> str | None:
    """Return the path of the browser for the browser tests: `$CHROMIUM` when it is given."""
    given = os.environ.get("CHROMIUM")
    names = [given] if given else ["chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, names)), None)


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


def make_home(folder: Path, name: str) -> Path:
    """Create a folder that belongs to the servers' user, in one that it can traverse."""
    folder.chmod(0o755)
    home = folder / name
    home.mkdir(exist_ok=True)
    shutil.chown(home, unprivileged_user())
    return home


def run(user: str, *command: str | Path, check: bool = True, environment: dict[str, str] | None = None) -> int:
    """Run a command as the user, with more variables; exit with its output if it fails and `check` is set."""
    done = subprocess.run(
        command,
        **as_user(user),
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode and check:
        sys.exit(f"{Path(command[0]).name} failed:\n{done.stdout.strip()}")
    return done.returncode


def as_user(user: str) -> dict[str, Any]:
    """Return the subprocess options for a user; only root can switch."""
    if os.getuid() != 0:
        return {"cwd": "/"}
    return {"cwd": "/", "user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def unprivileged_user() -> str:
    """Return the user that servers run as: they refuse to run as root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"  # codespell:ignore nobody


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]]()
