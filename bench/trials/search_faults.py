"""
Let Elasticsearch fail in each of the ways that servers do while people write and search, and count what came of it.

    python -m bench.trials.search_faults

It is stopped, frozen, and behind a proxy that answers 429 or 503 or cuts every answer off. The exit status is 1 when a
post was lost, an answer was an error or took longer than PAGE_BAR seconds, a page of results did not say that the
database had searched, or the index was not in step with the rows IN_STEP_BAR seconds after its return.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress

from bench.table import heading, row
from bench.trials.site import FALLBACK, MEMBERS, Answer, Member, SearchingSite, Site
from scripts.processes import Process, descendants, wait_until
from tests.helpers.proxy import Proxy

# Of each fault: posts, and for how many of them a page of results is asked for.
COUNT, POSTS_A_SEARCH = 500, 5
# Posts before, since the first pages of a process take longer.
WARM_UP = 50
WRITERS = 4
PAGE_BAR, IN_STEP_BAR = 1.5, 60
COLUMNS = (
    *("Fault", "Posts", "Lost", "5xx", "Other errors", "Slowest post, s", "Slowest search, s"),
    *(f"Searched by the database, of {COUNT // POSTS_A_SEARCH}", "In step after, s"),
)
WRITTEN = "SELECT body FROM posts_post WHERE body LIKE 'Storm %'"


def main() -> int:
    """Go through the faults and print a row of each; return the exit status."""
    with SearchingSite(web_workers=2) as site, closing(Proxy(site.environment["ELASTICSEARCH_URL"])) as proxy:
        members = site.prepare()
        site.start()
        write(members, "before", WARM_UP)
        heading(*COLUMNS)
        is_good = [
            trial(site, members, "stopped", stopped(site.engine)),
            trial(site, members, "frozen", frozen(site.engine)),
        ]
        for part in [site.web, *site.workers]:
            part.stop()
        site.environment["ELASTICSEARCH_URL"] = proxy.url
        site.start()
        write(members, "before", WARM_UP)
        is_good += [trial(site, members, str(mode), failing(proxy, mode)) for mode in (429, 503, "cut")]
        return int(not all(is_good))


@contextmanager
def stopped(engine: Process) -> Iterator[None]:
    """End the engine, and start it again."""
    engine.stop()
    try:
        yield
    finally:
        engine.start()
        engine.wait()


@contextmanager
def frozen(engine: Process) -> Iterator[None]:
    """Hold the engine's processes in the middle of everything."""
    processes = [engine.pid, *descendants(engine.pid)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@contextmanager
def failing(proxy: Proxy, mode: str | int) -> Iterator[None]:
    """Have the proxy fail."""
    proxy.mode = mode
    try:
        yield
    finally:
        proxy.mode = "pass"


def trial(site: Site, members: list[Member], name: str, fault: AbstractContextManager[None]) -> bool:
    """Write and search during a fault, print its row, and tell whether all was as it must be."""
    with fault:
        posted, searched = write(members, name)
    in_step = wait_until(lambda: is_in_step(site, members[0]), IN_STEP_BAR)
    answers = [*posted, *searched]
    lost = COUNT - len({body for (body,) in site.query(WRITTEN) if str(body).endswith(f", {name}")})
    failed = sum(answer.status >= 500 for answer in answers)
    others = sum(answer.status not in (200, 302) for answer in answers) - failed
    fallbacks = sum(FALLBACK in answer.text for answer in searched)
    slowest = [max(answer.answered - answer.asked for answer in kind) for kind in (posted, searched)]
    row(name, COUNT, lost, failed, others, *(f"{seconds:.2f}" for seconds in slowest), fallbacks, f"{in_step:.0f}")
    is_good = not (lost or failed or others) and fallbacks == len(searched)
    return is_good and max(slowest) <= PAGE_BAR and in_step <= IN_STEP_BAR


def write(members: list[Member], name: str, count: int = COUNT) -> tuple[list[Answer], list[Answer]]:
    """Let people write posts and search in between; return what came of both."""
    posted, searched = [], []
    with ThreadPoolExecutor(WRITERS) as pool:
        for number in range(count):
            member = members[number % MEMBERS]
            form = {"body": f"Storm {number}, {name}", "submission_key": str(uuid.uuid4())}
            posted.append(pool.submit(member.post, "/", form))
            if number % POSTS_A_SEARCH == 0:
                searched.append(pool.submit(member.get, "/search?q=storm"))
    return [answer.result() for answer in posted], [answer.result() for answer in searched]


def is_in_step(site: Site, member: Member) -> bool:
    """Tell whether no document differs from its row, and the engine searches."""
    with suppress(subprocess.CalledProcessError):
        site.manage("search_check", "--json")
        return FALLBACK not in member.get("/search?q=storm").text
    return False


if __name__ == "__main__":
    sys.exit(main())
