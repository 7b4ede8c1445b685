"""
Measure how close pages come to their floor (`bench.load.bare`), as processor time of this process.

In each of RUNS runs, 32 viewers in turns request the page and its floor, side by side.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any, NamedTuple

from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from bench.load import bare
from bench.load.pages import PAGES
from bench.load.requests import Page
from bench.load.run import prepare, rotating_viewers
from bench.table import heading, row
from microblog.core.performance.collector import tune_collector
from microblog.core.performance.frames import with_room_for_calls
from scripts.processes import HOST

RUNS, VISITS = 5, 2 * 32


class Visit(NamedTuple):
    """What one request took."""

    processor_ms: float
    ms: float
    size: int


def main(name: str = "s", only: str = "") -> int:
    prepare(name)
    viewers = rotating_viewers(name)
    applications = with_room_for_calls(WSGIHandler()), bare.make_application()
    tune_collector()
    print(f"Load of the machine: {os.getloadavg()[0]:.1f}\n")
    heading("Page", "Page, ms", "Floor, ms", "Floor / page", "Page, p50 / p99 ms", "Floor, p50 / p99 ms", "Bytes")
    for page in pages(only):
        pairs = []
        for viewer in viewers:
            request = page.request(viewer.user)
            environment = make_environment(request.path, viewer.headers(request))
            for _ in range(2):
                size = visit(applications[0], environment).size
            cookie = {"Cookie": bare.sign_in(viewer.user)}
            pairs.append((environment, make_environment(bare.path_for(request, size), cookie)))
        report(page.name, [_run(applications, pairs) for _ in range(RUNS)])
    print(f"\nLoad of the machine: {os.getloadavg()[0]:.1f}")
    return 0


def pages(only: str) -> list[Page]:
    """Return the pages with a floor and this in their names."""
    return [page for page in PAGES if page.name in bare.FLOORED and only in page.name]


def make_environment(path: str, headers: dict[str, str]) -> dict[str, Any]:
    environment: dict[str, Any] = RequestFactory(SERVER_NAME=HOST, headers=headers).get(path).environ
    return environment


def visit(application: Callable[..., Any], environment: dict[str, Any]) -> Visit:
    """Request a page, which must be shown."""
    statuses: list[str] = []
    start, processor_start = time.perf_counter(), time.process_time()
    response = application(dict(environment), lambda status, *_headers: statuses.append(status))
    content = b"".join(response)
    response.close()
    processor_ms, ms = 1000 * (time.process_time() - processor_start), 1000 * (time.perf_counter() - start)
    if statuses != ["200 OK"]:
        raise ValueError(f"{environment['PATH_INFO']}: {statuses}")
    return Visit(processor_ms, ms, len(content))


def _run(applications: tuple[Callable[..., Any], ...], pairs: list[tuple[dict[str, Any], ...]]) -> list[list[Visit]]:
    """Request pages and their floors, in changing order, because what a machine does for others comes and goes."""
    visits: list[list[Visit]] = [[], []]
    for number, pair in enumerate(islice(cycle(pairs), VISITS)):
        for side in (0, 1) if number % 2 else (1, 0):
            visits[side].append(visit(applications[side], pair[side]))
    return visits


def report(name: str, runs: list[list[list[Visit]]]) -> None:
    """Print medians of the runs, and percentiles of all visits."""
    means = [tuple(statistics.mean(one.processor_ms for one in side) for side in run) for run in runs]
    real_ms, floor_ms = (statistics.median(side) for side in zip(*means, strict=True))
    ratio = statistics.median(floor / real for real, floor in means)
    real, floor = ([one.ms for run in runs for one in run[side]] for side in (0, 1))
    row(
        *(name, f"{real_ms:.2f}", f"{floor_ms:.2f}", f"{ratio:.2f}", percentiles(real), percentiles(floor)),
        round(statistics.median(one.size for run in runs for one in run[0])),
    )


def percentiles(times: list[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return f"{cuts[49]:.1f} / {cuts[98]:.1f}"
