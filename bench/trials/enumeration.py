"""
Compare how long the site takes to answer about known and unknown accounts, where addresses must be confirmed.

    python -m bench.trials.enumeration [part of a form's name] [--tries 200]

A site with PEOPLE accounts, half of them imported with old hashes, is served by one gunicorn process and
its worker thread, which hands mail to an SMTP server of this process. Known and unknown take turns, with PAUSE seconds
between them, in which the worker thread sends what mail there is; the medians must lie within BAR of each other. 200
tries of one form take two minutes on a quiet machine, and its row is printed after them.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from difflib import unified_diff
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlencode

from bench.table import heading, row
from bench.trials.site import Site, mail_to
from scripts.processes import HOST
from tests.helpers.sink import smtp_sink

WARM_UP = 10
PEOPLE = 600
# From this one on, email addresses are unconfirmed.
WAITING = 300
BAR = 0.10
PAUSE = 0.05
PASSWORD = "a guess or two"  # noqa: S105 - of no real account
TOKEN = "mb_of_the_bench"  # noqa: S105 - of no real account
FILL = f"""
from datetime import timedelta
from hashlib import sha256
from allauth.account.models import EmailAddress
from django.utils import timezone
from accounts.models import User
from accounts.security.hashers import from_werkzeug
from accounts.security.models import ApiToken
from accounts.services import register_user
from django.contrib.auth.hashers import make_password
from django.db.models.functions import Mod
from werkzeug.security import generate_password_hash
for number in range({PEOPLE}):
    user = register_user(username=f"known{{number}}", email=f"known{{number}}@example.com", password=None)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=number < {WAITING})
# Hashing is slow on purpose: once is enough.
User.objects.update(password=make_password("measures twice"))
# Others were imported, with the hashes of two editions of Werkzeug.
for remainder, method in enumerate(("scrypt:32768:8:1", "pbkdf2:sha256:260000")):
    imported = User.objects.annotate(remainder=Mod("pk", 4)).filter(remainder=remainder)
    imported.update(password=from_werkzeug(generate_password_hash("measures twice", method)))
ApiToken.objects.create(
    user=user, digest=sha256(b"{TOKEN}").hexdigest(), name="bench", expires_at=timezone.now() + timedelta(hours=9)
)
# An account must have confirmed its email address to change it.
EmailAddress.objects.filter(user=user).update(verified=True)
"""


class Answer(NamedTuple):
    """What distinguishes responses for a visitor; the parts that differ at each request are blotted out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str


class Question(NamedTuple):
    """A form or an operation of the API, and what it takes for the nth known or unknown account."""

    name: str
    path: str
    data: Callable[[str, int], dict[str, str]]
    # Of the API; a form is a POST.
    method: str = ""


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
    Question(
        "API sign-up",
        "/api/users",
        lambda who, n: {"username": f"api-{who[0]}{n}", "email": f"{who}{n}@example.com", "password": PASSWORD},
        "POST",
    ),
    Question(
        "API change",
        "/api/account",
        lambda who, n: {"email": f"{who}{n}@example.com", "current_password": "measures twice"},
        "PUT",
    ),
]


def main() -> int:
    """Ask all with a part in their name, print the table, and return 1 where an answer tells or takes longer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("only", nargs="?", default="", help="part of the names of forms")
    parser.add_argument("--tries", type=int, default=200, help="for known and for unknown accounts each (%(default)s)")
    options = parser.parse_args()
    questions = [question for question in QUESTIONS if options.only in question.name]
    if not questions:
        sys.exit(f"No form has {options.only!r} in its name.")
    # One account changes its email address many times.
    limits = {"RATE_LIMIT_MANAGE_EMAIL": "100000/s/user", "RATE_LIMIT_API_TOKEN": "100000/s"}
    settings = {"REDIS_URL": "", "TRUSTED_PROXIES": "1", **limits}
    with (
        smtp_sink() as sink,
        Site(web_workers=1, **settings, **mail_to(sink)) as site,
    ):
        site.workers.clear()
        site.prepare()
        site.manage("shell", "--verbosity=0", "--command", FILL)
        site.start()
        heading("Form", "known, ms", "unknown, ms", "difference")
        are_good = [compare(site.port, question, options.tries) for question in questions]
        return int(not all(are_good))


def compare(port: int, question: Question, tries: int) -> bool:
    """Ask about known and unknown accounts in turn, print a row, and return whether the answers are the same."""
    seconds: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(WARM_UP + tries):
        answers = {}
        # The first request may find cold caches.
        for who in sorted(seconds, reverse=bool(number % 2)):
            time.sleep(PAUSE)
            taken, answers[who] = ask(port, question, who, number)
            if number >= WARM_UP:
                seconds[who].append(taken)
        if answers["known"] != answers["unknown"]:
            print(f"{question.name}: the answers differ:", *_differences(*answers.values()), sep="\n")
            return False
    known, unknown = (1000 * statistics.median(seconds[who]) for who in ("known", "unknown"))
    difference = known / unknown - 1
    row(question.name, f"{known:.1f}", f"{unknown:.1f}", f"{difference:+.1%}")
    return abs(difference) <= BAR


def ask(port: int, question: Question, who: str, number: int) -> tuple[float, Answer]:
    """Ask as a browser or a program that was never here, and return how long the answer took."""
    token = secrets.token_hex(16)
    data = question.data(who, number)
    # An address of its own for each, so that no throttle answers instead.
    ip = f"10.{'ku'.index(who[0])}.{number // 250}.{number % 250}"
    headers = {"X-Forwarded-For": ip, "X-Forwarded-Proto": "http"}
    if question.method:
        body = json.dumps(data)
        headers |= {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {TOKEN}"} if question.method == "PUT" else {}
    else:
        body = urlencode({"csrfmiddlewaretoken": token, **data})
        headers |= {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}"}
    server = HTTPConnection(HOST, port, timeout=60)
    server.connect()
    start = time.perf_counter()
    server.request(question.method or "POST", question.path, body, headers)
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
        if name.lower() in ("date", "expires", "content-length", "x-request-id", "etag"):
            continue
        if "ratelimit" in name.lower():
            continue  # counts down
        match name.lower():
            case "set-cookie":
                yield name, re.sub(r"(=)[^;]+(; expires=[^;]+)?", r"\1…", value)
            case "location":
                yield name, re.sub(r"\d+", "0", value)
            case _:
                yield name, value


def _blot_text(text: str, data: dict[str, str]) -> str:
    for value in data.values():
        text = text.replace(value, "…")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r"\d+", "0", text) if text.startswith("{") else text


if __name__ == "__main__":
    sys.exit(main())
