"""A whole site on this machine, as in production, whose parts can be stopped and started: for trials that last."""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Self
from urllib.parse import urlencode

import psycopg2

from bench.settings import HOST, production
from microblog.core.tests.sink import Sink
from scripts.environment import PYTHON, ROOT
from scripts.servers import as_user, find_postgresql, free_port, run, unpack_elasticsearch, unprivileged_user

START_SECONDS = 180
# What the search page says while the database searches.
FALLBACK = "The search engine does not answer"
# As in the units of systemd.
RESTART_SECONDS = 2
# Who asks in the trials; each may do anything as often as wanted.
MEMBERS = 12
FILL = f"""
import json
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from accounts.models import User
from accounts.services import follow_user, register_user
from posts.services import publish_post
members = [register_user(username=f"member{{n}}", email=f"member{{n}}@example.com", password=None)
           for n in range({MEMBERS})]
cookies = []
for user in members:
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for other in members:
        if other != user:
            follow_user(other, actor=user)
    for number in range(30):
        publish_post(user, body=f"Before the trial, {{user.username}} wrote this, number {{number}}")
    client = Client(SERVER_NAME="{HOST}")
    client.force_login(user)
    cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
print(json.dumps(cookies))
"""


class Part:
    """A program of the site: the same command each time it is started."""

    # Started again when it ends by itself, as systemd and compose do.
    is_kept = False

    def __init__(self, name: str, command: list[str | Path], folder: Path, port: int = 0, **options: object) -> None:
        self.name, self.command, self.port, self.options = name, command, port, options
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
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, **self.options)  # type: ignore[call-overload]

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


class Answer(NamedTuple):
    """What came of one request: its status, 0 when there was none, and when it was asked and answered."""

    status: int
    asked: float
    answered: float
    # Whether it says when to come again.
    is_passing: bool = False
    text: str = ""


class Member:
    """Somebody who is signed in, as their browser."""

    def __init__(self, session: str, port: int) -> None:
        self.port, self.token = port, secrets.token_hex(16)
        self.cookie = f"sessionid={session}; csrftoken={self.token}"

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        return self.ask("POST", path, urlencode({"csrfmiddlewaretoken": self.token, **form}))

    def ask(self, method: str, path: str, body: str | None = None) -> Answer:
        asked = time.time()
        headers = {"Cookie": self.cookie, "Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            with closing(HTTPConnection(HOST, self.port, timeout=60)) as server:
                server.request(method, path, body, headers)
                response = server.getresponse()
                text = response.read().decode(errors="replace")
                return Answer(response.status, asked, time.time(), "Retry-After" in response.headers, text)
        except OSError:
            return Answer(0, asked, time.time())


class Site:
    """PostgreSQL, Redis, web and workers; what ends a `with` block stops them, and removes their folder."""

    def __init__(self, *, web_workers: int, **settings: str) -> None:
        self.temporary = TemporaryDirectory(prefix="microblog-")
        self.folder = Path(self.temporary.name)
        self.folder.chmod(0o755)
        self.port = free_port()
        self.postgresql, self.redis = postgresql(self.folder), redis(self.folder)
        self.server_url = f"postgres://microblog@{HOST}:{self.postgresql.port}"
        self.environment = production(
            f"{self.server_url}/site",
            PYTHONUNBUFFERED="1",
            REDIS_URL=f"redis://{HOST}:{self.redis.port}/0",
            EXPORT_FOLDER=str(self.folder / "exports"),
            PORT=str(self.port),
            WEB_CONCURRENCY=str(web_workers),
        )
        self.environment |= settings
        gunicorn: list[str | Path] = ["gunicorn", "--config", "microblog/gunicorn.conf.py", "microblog.wsgi"]
        self.web = self.python("web", "-m", *gunicorn, port=self.port)
        self.workers = [
            self.python("worker", "manage.py", "rqworker", "microblog-tasks"),
            self.python("mail", "manage.py", "rqworker", "microblog-mail"),
            self.python("scheduler", "manage.py", "rqcron", "microblog.cron"),
        ]
        for part in [self.web, *self.workers]:
            part.is_kept = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self.temporary.cleanup()

    def python(self, name: str, *arguments: str | Path, port: int = 0) -> Part:
        return Part(name, [PYTHON, *arguments], self.folder, port, cwd=ROOT, env=self.environment)

    def manage(self, *arguments: str) -> str:
        command = [PYTHON, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def prepare(self) -> list[Member]:
        """Start the servers, fill the database, and return the people in it."""
        self.redis.start()
        self.postgresql.start()
        _until(lambda: answers(f"{self.server_url}/postgres"))
        self.query("CREATE DATABASE site", "postgres")
        self.manage("migrate_once", "--verbosity=0")
        self.manage("translate", "--verbosity=0", "compile")
        self.manage("collectstatic", "--no-input", "--verbosity=0")
        cookies = json.loads(self.manage("shell", "--verbosity=0", "--command", FILL).splitlines()[-1])
        return [Member(cookie, self.port) for cookie in cookies]

    def query(self, statement: str, database: str = "site") -> list[tuple[object, ...]]:
        with closing(psycopg2.connect(f"{self.server_url}/{database}")) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else [()]

    def start(self) -> float:
        """Start the site's own parts and return the seconds until the first page."""
        start = time.monotonic()
        self.web.start()
        self.web.wait()
        _until(lambda: Member("", self.port).get("/auth/login").status == 200)
        seconds = time.monotonic() - start
        for worker in self.workers:
            worker.start()
        return seconds

    def stop(self) -> None:
        for part in [self.web, *self.workers, self.redis]:
            part.stop()
        self.postgresql.stop(signal.SIGINT)


class SearchingSite(Site):
    """A site with an Elasticsearch of its own."""

    def __init__(self, *, web_workers: int, **settings: str) -> None:
        super().__init__(web_workers=web_workers, **settings)
        self.engine = elasticsearch(self.folder)
        self.environment["ELASTICSEARCH_URL"] = f"http://{HOST}:{self.engine.port}"

    def prepare(self) -> list[Member]:
        self.engine.start()
        self.engine.wait()
        members = super().prepare()
        self.manage("search_index")
        return members

    def stop(self) -> None:
        super().stop()
        self.engine.stop()


def postgresql(folder: Path) -> Part:
    """Make a cluster."""
    user, data, binaries, port = unprivileged_user(), folder / "postgresql", find_postgresql(), free_port()
    data.mkdir()
    shutil.chown(data, user)
    run(user, binaries / "initdb", "-D", data, "--username=microblog", "--auth=trust", "--locale=C.UTF-8")
    command = [binaries / "postgres", "-D", data, "-h", HOST, "-p", str(port), "-k", ""]
    return Part("postgresql", command, folder, port, **as_user(user))


def answers(database_url: str) -> bool:
    """Tell whether a server takes connections to a database."""
    with suppress(psycopg2.OperationalError):
        psycopg2.connect(database_url).close()
        return True
    return False


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


def mail_to(sink: Sink) -> dict[str, str]:
    """Return the settings of a site whose mail goes to a server of this process."""
    return {"MAIL_SERVER": HOST, "MAIL_PORT": str(sink.port), "ADMINS": "admin@example.org"}


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


def _until(is_so: Callable[[], object]) -> None:
    if wait_until(is_so, START_SECONDS) == math.inf:
        sys.exit("The site does not answer.")


@contextmanager
def load(works: list[Callable[[], None]], pause: float = 0) -> Iterator[None]:
    """Do each work over and over, side by side, while the block lasts."""
    is_over = threading.Event()

    def repeat(work: Callable[[], None]) -> None:
        while not is_over.wait(pause):
            work()

    threads = [threading.Thread(target=repeat, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
