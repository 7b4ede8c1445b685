"""
Measure what each cache of `microblog.core.performance` gains: processor time of this process, with it and without it.

32 viewers in turns request each page, with all caches on and with one off, alternately; the medians of
VISITS pairs are compared.
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
VISITS = 5 * 32
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
    switch = caching.disabled = Switch()
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
            with_all, more = _compare(switch, off, environments)
            label = "all" if off is names else off[0]
            row(page.name, label, f"{with_all + more:.2f}", f"{with_all:.2f}", f"{more / (with_all + more):.1%}")
    return 0


def _compare(switch: Switch, off: list[str], environments: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the median milliseconds of processor time that a request takes with all caches, and more without some."""
    with_all, more = [], []
    for number, environment in enumerate(islice(cycle(environments), VISITS)):
        taken = {}
        # Side by side and in changing order, because what a machine does for others comes and goes.
        for is_off in (number % 2 == 0, number % 2 == 1):
            switch.clear()
            switch.update(off if is_off else [])
            taken[is_off] = 1000 * _visit(environment)
        with_all.append(taken[False])
        more.append(taken[True] - taken[False])
    switch.clear()
    return statistics.median(with_all), statistics.median(more)


def _visit(environment: dict[str, Any]) -> float:
    start = time.process_time()
    response = APPLICATION(dict(environment), lambda *_started: None)
    b"".join(response)
    response.close()
    return time.process_time() - start
