"""
Measure what each cache of `microblog.core.performance` gains: processor time of this process, with it and without it.

32 viewers in turns request each page, with all caches on and with one off, alternately; the medians of ROUNDS are
compared.
"""

from __future__ import annotations

import statistics
import time
from itertools import cycle, islice
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from bench.load.pages import PAGES
from bench.load.run import prepare, rotating_viewers
from bench.table import heading, row
from microblog.core.performance import caching
from scripts.processes import HOST

MEASURED = ("home", "explore", "profile", "popover", "API: users", "API: followers")
ROUNDS, VISITS = 5, 64
APPLICATION = WSGIHandler()


class Switch(set[str]):
    """The names of caches that are off; it notes the names of all that are asked for."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __contains__(self, name: object) -> bool:
        self.seen.add(str(name))
        return super().__contains__(name)


def main(name: str = "s", only: str = "") -> int:
    prepare(name)
    switch = caching.switched_off = Switch()
    viewers = rotating_viewers(name)
    heading("Page", "Cache", "Off, ms", "On, ms", "Gain")
    for page in PAGES:
        if page.name not in MEASURED or only not in page.name:
            continue
        environments = []
        for viewer in viewers:
            request = page.request(viewer.user)
            factory = RequestFactory(SERVER_NAME=HOST, headers=viewer.headers(request))
            environments.append(factory.get(request.path).environ)
        switch.seen.clear()
        for environment in environments:
            _visit(environment)
        names = sorted(switch.seen)
        for off in (names, *([name] for name in names)):
            without, with_it = _compare(switch, off, environments)
            label = "all" if off is names else off[0]
            row(page.name, label, f"{without:.2f}", f"{with_it:.2f}", f"{1 - with_it / without:.0%}")
    return 0


def _compare(switch: Switch, off: list[str], environments: list[dict[str, Any]]) -> tuple[float, float]:
    """Return milliseconds of processor time a request without some caches, and with all."""
    times: tuple[list[float], list[float]] = ([], [])
    for _round in range(ROUNDS):
        sums = [0.0, 0.0]
        # In turns, request by request, because what a machine does for others comes and goes.
        for environment in islice(cycle(environments), VISITS):
            for place, names in enumerate((off, [])):
                switch.clear()
                switch.update(names)
                sums[place] += _visit(environment)
        for taken, total in zip(times, sums, strict=True):
            taken.append(1000 * total / VISITS)
    switch.clear()
    return statistics.median(times[0]), statistics.median(times[1])


def _visit(environment: dict[str, Any]) -> float:
    start = time.process_time()
    response = APPLICATION(dict(environment), lambda *_started: None)
    b"".join(response)
    response.close()
    return time.process_time() - start
