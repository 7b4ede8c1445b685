"""Check and measure a page: through the server under load, and in this process for its queries."""

from __future__ import annotations

import json
import re
import secrets
import statistics
import subprocess
import tempfile
import time
from datetime import timedelta
from functools import cached_property, partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.security.services import make_token
from bench.load import bare, served
from bench.load.cluster import FOLDER
from bench.load.requests import Page, Request
from scripts.environment import PYTHON, ROOT
from scripts.processes import HOST, Process, free_port

WRK = Path(__file__).with_name("wrk.lua")
WARM_UP_SECONDS, SECONDS, CONNECTIONS = 2, 8, 4


class WrongPage(Exception):
    """The response is not the requested page."""


class Load(NamedTuple):
    """What came of requests that each follow the last one at once; times in milliseconds."""

    requests_per_second: float
    p50: float
    p99: float


class Result(NamedTuple):
    """What was measured of one page; times in milliseconds, each that of one request."""

    page: str
    # How long this machine took for a fixed piece of work just before: what it shares with others varies.
    loop_ms: float
    requests_per_second: float
    p50: float
    p99: float
    # The same of the page's floor, the mean of just before and just after the page.
    floor: Load | None
    queries: int
    sql_ms: float
    bytes: int


class Viewer:
    """A signed-in user."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def cookie(self) -> str:
        client = Client()
        client.force_login(self.user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={self.csrf_token}"

    @cached_property
    def token(self) -> str:
        _row, secret = make_token(self.user, name="bench", lifetime=timedelta(days=1))
        return f"Bearer {secret}"

    def credentials(self, request: Request) -> str:
        """Return what the request shows: a token, or a cookie."""
        return self.token if request.by_token else self.cookie

    def headers(self, request: Request) -> dict[str, str]:
        return {"Authorization": self.token} if request.by_token else {"Cookie": self.cookie}

    @cached_property
    def csrf_token(self) -> str:
        return secrets.token_hex(16)

    def line(self, request: Request) -> str:
        """Return the request as wrk.lua reads it."""
        method = "GET" if request.form is None else "POST"
        return "\t".join([method, request.path, self.credentials(request), self.body(request)])

    def body(self, request: Request) -> str:
        if request.form is None:
            return ""
        return urlencode({"csrfmiddlewaretoken": self.csrf_token, **request.form}, safe="{}")


def measure(page: Page, viewers: list[Viewer], port: int) -> Result:
    """Check a page for each viewer, put it and its floor under load, and count what one request costs."""
    requests = [(viewer, page.request(viewer.user)) for viewer in viewers]
    sizes = [_check(page, *each, port) for each in requests]
    # Each once before it counts.
    for each in requests:
        _count_queries(*each)
    costs = [_count_queries(*each) for each in requests]
    drive = partial(_drive, port=port, status=requests[0][1].status)
    lines = [viewer.line(request) for viewer, request in requests]
    drive(lines, seconds=WARM_UP_SECONDS)
    loop_ms = _time_loop()
    halves = []
    if page.name in bare.FLOORED:
        floor_lines = [
            f"GET\t{bare.path_for(request, size)}\t{bare.sign_in(viewer.user)}\t"
            for (viewer, request), size in zip(requests, sizes, strict=True)
        ]
        drive(floor_lines, seconds=WARM_UP_SECONDS)
        # Before and after the page, because what a machine does for others comes and goes.
        halves.append(drive(floor_lines, seconds=SECONDS // 2))
    load = drive(lines, seconds=SECONDS)
    if halves:
        halves.append(drive(floor_lines, seconds=SECONDS // 2))
    return Result(
        page=page.name,
        loop_ms=loop_ms,
        **load._asdict(),
        floor=Load(*map(statistics.mean, zip(*halves, strict=True))) if halves else None,
        queries=max(queries for queries, _seconds in costs),
        sql_ms=1000 * statistics.median(seconds for _queries, seconds in costs),
        bytes=int(statistics.median(sizes)),
    )


def _check(page: Page, viewer: Viewer, request: Request, port: int) -> int:
    """Request a page once, and return the size of its response."""
    body = viewer.body(request).replace("{key}", "")
    headers = viewer.headers(request)
    if body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    server = HTTPConnection(HOST, port, timeout=60)
    server.request("POST" if body else "GET", request.path, body, headers)
    response = server.getresponse()
    content = response.read()
    text = response.headers["Location"] or content.decode()
    if request.by_token:
        posts = [item["id"] for item in json.loads(content)["items"]]
    else:
        posts = [int(pk) for pk in re.findall(r'id="post(\d+)"', text)]
    wrong = [f"status {response.status}"] if response.status != request.status else []
    wrong += [f"no {shown}" for shown in request.shows if shown not in text]
    if request.posts is not None and posts != request.posts:
        wrong.append(f"posts {posts}, not {request.posts}")
    if not request.leaves():
        wrong.append("no effect")
    if wrong:
        raise WrongPage(f"{page.name}: {request.path} for {viewer.user}: {', '.join(wrong)}")
    return len(content)


def _count_queries(viewer: Viewer, request: Request) -> tuple[int, float]:
    """Return how many statements a request makes, and the seconds they take."""
    seconds: list[float] = []

    def watch(execute: Any, *arguments: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            seconds.append(time.perf_counter() - start)

    body = viewer.body(request).replace("{key}", "")
    client = Client(enforce_csrf_checks=True, SERVER_NAME=HOST, headers=viewer.headers(request))
    with connection.execute_wrapper(watch):
        response = client.generic(
            "POST" if body else "GET", request.path, body, content_type="application/x-www-form-urlencoded"
        )
    if response.status_code != request.status:
        raise WrongPage(f"{request.path}: status {response.status_code}")
    return len(seconds), sum(seconds)


def _drive(lines: list[str], *, port: int, status: int, seconds: int) -> Load:
    """Send the requests in turn for a while, each connection the next one as soon as it has a response."""
    with tempfile.NamedTemporaryFile("w") as file:
        print(*lines, sep="\n", file=file)
        file.flush()
        command = ["wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}", "--timeout=30"]
        command += [f"--script={WRK}", f"http://{HOST}:{port}", "--", file.name, str(status)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    load = json.loads(done.stderr)
    if load["failed"]:
        raise WrongPage(f"{load['failed']} of {load['requests']} requests like {lines[0]} failed under load")
    return Load(load["requests"] / load["seconds"], load["p50"], load["p99"])


def _time_loop() -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        sum(len(str(number)) for number in range(100_000))
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def gunicorn() -> Process:
    """Return the site with two workers, which serve it while a `with` block lasts."""
    port = free_port()
    command = [
        "gunicorn",
        "--workers=2",
        f"--bind={HOST}:{port}",
        "--no-control-socket",
        f"{served.__name__}:make_application()",
    ]
    server = Process("gunicorn", [PYTHON, "-m", *command], FOLDER, port, cwd=ROOT)
    server.log.unlink(missing_ok=True)
    return server
