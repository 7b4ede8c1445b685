"""
Compare how long the site takes to answer about known and unknown accounts, where addresses must be confirmed.

    python -m bench.enumeration [part of a form's name]

Needs TEST_DATABASE_URL (see `make services`): it makes a database of its own there, with PEOPLE accounts, and serves
the site by one gunicorn process with its worker thread, which hands mail to an SMTP server of this process. Known and
unknown take turns, TRIES each, with PAUSE seconds between them, in which the worker thread sends what mail there is;
the medians must lie within BAR of each other.
"""

from __future__ import annotations

import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from difflib import unified_diff
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import psycopg2

from microblog.core.tests.sink import Sink, smtp_sink
from scripts.environment import PYTHON, ROOT
from scripts.servers import free_port
from scripts.suite import environment

HOST = "127.0.0.1"
TRIES = 200
WARM_UP = 10
PEOPLE = 600
# From this one on, nobody has confirmed their address.
WAITING = 300
BAR = 0.10
PAUSE = 0.05
PASSWORD = "a guess or two"  # noqa: S105 - nobody's
FILL = f"""
from allauth.account.models import EmailAddress
from accounts.models import User
from accounts.services import register_user
from django.contrib.auth.hashers import make_password
for number in range({PEOPLE}):
    user = register_user(username=f"known{{number}}", email=f"known{{number}}@example.com", password=None)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=number < {WAITING})
# Hashing is slow on purpose: once is enough.
User.objects.update(password=make_password("measures twice"))
"""


class Answer(NamedTuple):
    """What a visitor can tell answers apart by; the parts that differ at each request are blotted out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str


class Question(NamedTuple):
    """A form, and how it is filled in for the nth known or unknown account."""

    name: str
    path: str
    data: Callable[[str, int], dict[str, str]]


QUESTIONS = [
    Question("sign-in by name", "/auth/login", lambda who, n: {"login": f"{who}{n}", "password": PASSWORD}),
    Question(
        "sign-in by address", "/auth/login", lambda who, n: {"login": f"{who}{n}@example.com", "password": PASSWORD}
    ),
    Question(
        "sign-up",
        "/auth/register",
        lambda who, n: {
            "username": f"new-{who[0]}{n}",
            "email": f"{who}{n}@example.com",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    ),
    Question("reset", "/auth/reset_password_request", lambda who, n: {"email": f"{who}{n}@example.com"}),
    Question("resend", "/auth/confirm_email", lambda who, n: {"email": f"{who}{WAITING + n}@example.com"}),
]


def main(only: str = "") -> int:
    """Ask all whose name contains `only`, print the table, and return 1 where an answer tells or takes longer."""
    server_url = os.environ.get("TEST_DATABASE_URL") or sys.exit(
        'TEST_DATABASE_URL is not set: eval "$(make services)"'
    )
    name = f"enumeration_{os.getpid()}"
    failed = False
    with database(server_url, name) as url, smtp_sink() as sink, site(url, sink) as port:
        print("| Form | known, ms | unknown, ms | difference |\n|---|---|---|---|")
        for question in (question for question in QUESTIONS if only in question.name):
            seconds: dict[str, list[float]] = {"known": [], "unknown": []}
            for number in range(WARM_UP + TRIES):
                answers = {}
                # Whoever goes first may find the caches cold.
                for who in sorted(seconds, reverse=bool(number % 2)):
                    time.sleep(PAUSE)
                    taken, answers[who] = ask(port, question, who, number)
                    if number >= WARM_UP:
                        seconds[who].append(taken)
                if answers["known"] != answers["unknown"]:
                    print(f"{question.name}: the answers differ:", *_differences(*answers.values()), sep="\n")
                    return 1
            known, unknown = (1000 * statistics.median(seconds[who]) for who in ("known", "unknown"))
            difference = known / unknown - 1
            failed |= abs(difference) > BAR
            print(f"| {question.name} | {known:.1f} | {unknown:.1f} | {difference:+.1%} |", flush=True)
    return failed


def ask(port: int, question: Question, who: str, number: int) -> tuple[float, Answer]:
    """Fill a form in as a browser that was never here, and return how long the answer took."""
    token = secrets.token_hex(16)
    data = {"csrfmiddlewaretoken": token, **question.data(who, number)}
    # An address of its own for each, so that no throttle answers instead.
    ip = f"10.{'ku'.index(who[0])}.{number // 250}.{number % 250}"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrftoken={token}",
        "X-Forwarded-For": ip,
        "X-Forwarded-Proto": "http",
    }
    server = HTTPConnection(HOST, port, timeout=60)
    server.connect()
    start = time.perf_counter()
    server.request("POST", question.path, urlencode(data), headers)
    response = server.getresponse()
    content = response.read()
    taken = time.perf_counter() - start
    server.close()
    return taken, Answer(response.status, tuple(_blot(response.getheaders())), _blot_text(content.decode(), data))


def _differences(first: Answer, second: Answer) -> Iterator[str]:
    lines = [[f"{answer.status} {answer.headers}", *answer.text.splitlines()] for answer in (first, second)]
    yield from unified_diff(*lines, lineterm="", n=0)


def _blot(headers: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if name.lower() in ("date", "expires", "content-length", "x-request-id"):
            continue
        yield name, re.sub(r"(=)[^;]+(; expires=[^;]+)?", r"\1…", value) if name.lower() == "set-cookie" else value


def _blot_text(text: str, data: dict[str, str]) -> str:
    for name, value in data.items():
        if value and name != "csrfmiddlewaretoken":
            text = text.replace(value, "…")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """Make a database, and drop it at the end."""
    with closing(psycopg2.connect(server_url)) as server:
        server.autocommit = True
        server.cursor().execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server_url.rpartition('/')[0]}/{name}"
        finally:
            server.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def site(database_url: str, sink: Sink) -> Iterator[int]:
    """Fill the database and serve the site with settings as in production, with mail going out."""
    variables = environment(database_url) | {
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": HOST,
        "HTTPS": "0",
        "LOG_TO_STDOUT": "1",
        "TRUSTED_PROXIES": "1",
        "MAIL_SERVER": HOST,
        "MAIL_PORT": str(sink.port),
        "ADMINS": "admin@example.org",
    }
    port = free_port()
    with (Path(tempfile.mkdtemp()) / "log").open("wb") as log:
        for command in (["migrate", "--verbosity=0"], ["collectstatic", "--no-input", "--verbosity=0"]):
            subprocess.run([PYTHON, "manage.py", *command], cwd=ROOT, env=variables, check=True)
        subprocess.run(
            [PYTHON, "manage.py", "shell", "--command", FILL], cwd=ROOT, env=variables, check=True, stdout=log
        )
        command = [PYTHON, "-m", "gunicorn", "microblog.wsgi", f"--bind={HOST}:{port}", "--workers=1"]
        server = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)
        try:
            wait_for(port)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=60)


def wait_for(port: int) -> None:
    """Return when the site answers."""
    for _ in range(300):
        try:
            server = HTTPConnection(HOST, port, timeout=5)
            server.request("GET", "/about", headers={"X-Forwarded-For": HOST})
            server.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("The site does not answer.")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
