"""A whole site on this machine, as in production, whose parts can be stopped and started: for trials that last."""

from __future__ import annotations

import json
import os
import pwd
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
from typing import NamedTuple
from urllib.parse import urlencode

import psycopg2

from bench.cluster import find_binaries
from scripts.environment import PYTHON, ROOT
from scripts.servers import ELASTICSEARCH, find_java, free_port, run, unprivileged_user
from scripts.suite import environment

HOST = "127.0.0.1"
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
    """PostgreSQL, Redis, web and workers; the caller adds what else it needs before `start`."""

    def __init__(self, folder: Path, *, web_workers: int, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        user = unprivileged_user()
        folder.chmod(0o755)
        data, binaries, port = folder / "postgresql", find_binaries(), free_port()
        data.mkdir()
        shutil.chown(data, user)
        run(user, binaries / "initdb", "-D", data, "--username=microblog", "--auth=trust", "--locale=C.UTF-8")
        command = [binaries / "postgres", "-D", data, "-h", HOST, "-p", str(port), "-k", ""]
        self.postgresql = Part("postgresql", command, folder, port, **as_user())
        port = free_port()
        command = ["redis-server", "--bind", HOST, "--port", str(port), "--save", "", "--appendonly", "no"]
        self.redis = Part("redis", command, folder, port, cwd=folder)
        self.server_url = f"postgres://microblog@{HOST}:{self.postgresql.port}"
        self.environment = environment(f"{self.server_url}/site") | {
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": HOST,
            "HTTPS": "0",
            "LOG_TO_STDOUT": "1",
            "PYTHONUNBUFFERED": "1",
            "REDIS_URL": f"redis://{HOST}:{port}/0",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(web_workers),
            **settings,
        }
        gunicorn: list[str | Path] = ["gunicorn", "--config", "microblog/gunicorn.conf.py", "microblog.wsgi"]
        self.web = self.python("web", "-m", *gunicorn, port=self.port)
        self.workers = [
            self.python("worker", "manage.py", "rqworker", "microblog-tasks"),
            self.python("mail", "manage.py", "rqworker", "microblog-mail"),
            self.python("scheduler", "manage.py", "rqcron", "microblog.cron"),
        ]
        for part in [self.web, *self.workers]:
            part.is_kept = True

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
        self.postgresql.wait()
        _until(lambda: self.query("CREATE DATABASE site", "postgres"))
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


def as_user() -> dict[str, object]:
    """Return the options of a process that refuses to run as root."""
    if os.getuid() != 0:
        return {"cwd": "/"}
    user = unprivileged_user()
    return {"cwd": "/", "user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def elasticsearch(folder: Path) -> tuple[Part, str]:
    """Fetch Elasticsearch, and return it, not yet started, with its address."""
    user, home, port = unprivileged_user(), folder / "elasticsearch", free_port()
    home.mkdir()
    maven, unzip = shutil.which("mvn"), shutil.which("unzip")
    java = find_java()
    if not (maven and unzip and java):
        sys.exit("Elasticsearch needs Maven, unzip and a Java of at least version 21.")
    options = [f"-Dartifact={ELASTICSEARCH}", f"-DoutputDirectory={home}"]
    subprocess.run([maven, "-q", "-B", "dependency:copy", *options], check=True)
    (archive,) = home.glob("*.zip")
    shutil.chown(home, user)
    run(user, unzip, "-q", archive, "-d", home)
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
    command = [server / "bin" / "elasticsearch", *arguments]
    part = Part("Elasticsearch", command, folder, port, env=os.environ | variables, **as_user())
    return part, f"http://{HOST}:{port}"


def _until(is_done: Callable[[], object]) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        with suppress(psycopg2.OperationalError):
            if is_done():
                return
        if time.monotonic() > end:
            sys.exit("The site does not answer.")
        time.sleep(0.05)


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
