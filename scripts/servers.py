"""
Start PostgreSQL, MariaDB, Redis and Elasticsearch, and find Chromium: for tests and measurements.

Each server is one function: it prepares a folder and returns the process, which listens on a free port of 127.0.0.1.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .processes import HOST, Process, free_port

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
