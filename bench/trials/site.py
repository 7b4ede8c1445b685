"""A whole site on this machine, as in production, whose parts can be stopped and started: for trials that last."""

from __future__ import annotations

import json
import math
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Self
from urllib.parse import urlencode

import psycopg2

from bench.settings import production
from scripts.environment import PYTHON, ROOT
from scripts.processes import HOST, START_SECONDS, Process, free_port, wait_until
from scripts.servers import elasticsearch, postgresql, redis
from tests.helpers.sink import Sink

# What the search page says while the database searches.
FALLBACK = "The search engine is unavailable"
# Who asks in the trials; each may do anything as often as wanted.
MEMBERS = 12
FILL = f"""
import json
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from accounts.models import User
from accounts.services import register_user
from posts.services import publish_post
from relationships.services import follow_user
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


class Answer(NamedTuple):
    """What came of one request: its status, 0 when there was none, and when it was asked and answered."""

    status: int
    asked: float
    answered: float
    # Whether it says when to come again.
    is_passing: bool = False
    text: str = ""


class Member:
    """The browser of a signed-in user."""

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
        self.environment = production(
            self.postgresql.database("site"),
            PYTHONUNBUFFERED="1",
            REDIS_URL=self.redis.url,
            EXPORT_FOLDER=str(self.folder / "exports"),
            PORT=str(self.port),
            WEB_CONCURRENCY=str(web_workers),
        )
        self.environment |= settings
        gunicorn: list[str | Path] = ["gunicorn", "--config", "microblog/gunicorn.conf.py", "microblog.wsgi"]
        self.web = self.python("web", "-m", *gunicorn, port=self.port)
        self.workers = [
            self.python("worker", "manage.py", "rqworker", "microblog-tasks", niceness=5),
            self.python("mail", "manage.py", "rqworker", "microblog-mail"),
            self.python("scheduler", "manage.py", "rqcron", "microblog.schedule"),
        ]
        for part in [self.web, *self.workers]:
            part.is_kept = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self.temporary.cleanup()

    def python(self, name: str, *arguments: str | Path, port: int = 0, niceness: int = 0) -> Process:
        command = ["nice", "-n", str(niceness), PYTHON, *arguments]
        return Process(name, command, self.folder, port, cwd=ROOT, env=self.environment)

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
        self.query("CREATE DATABASE site", "postgres")
        self.manage("migrate_once", "--verbosity=0")
        self.manage("translate", "--verbosity=0", "compile")
        self.manage("collectstatic", "--no-input", "--verbosity=0")
        cookies = json.loads(self.manage("shell", "--verbosity=0", "--command", FILL).splitlines()[-1])
        return [Member(cookie, self.port) for cookie in cookies]

    def query(self, statement: str, database: str = "site") -> list[tuple[object, ...]]:
        with closing(psycopg2.connect(self.postgresql.database(database))) as connection:
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
        for part in [self.web, *self.workers, self.redis, self.postgresql]:
            part.stop()


class SearchingSite(Site):
    """A site with an Elasticsearch of its own."""

    def __init__(self, *, web_workers: int, **settings: str) -> None:
        super().__init__(web_workers=web_workers, **settings)
        self.engine = elasticsearch(self.folder)
        self.environment["ELASTICSEARCH_URL"] = self.engine.url

    def prepare(self) -> list[Member]:
        self.engine.start()
        self.engine.wait()
        members = super().prepare()
        self.manage("search_index")
        return members

    def stop(self) -> None:
        super().stop()
        self.engine.stop()


def mail_to(sink: Sink) -> dict[str, str]:
    """Return the settings of a site whose mail goes to a server of this process."""
    return {"MAIL_SERVER": HOST, "MAIL_PORT": str(sink.port), "ADMINS": "admin@example.org"}


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
