"""
Let Elasticsearch fail in each of the ways that servers do while people write and search, and count what came of it.

    python -m bench.search_faults

It is stopped, frozen, and behind a proxy that answers 429 or 503 or cuts every answer off. The exit status is 1 when a
post was lost, an answer was an error or took longer than PAGE_BAR seconds, a page of results did not say that the
database had searched, or the index was not in step with the rows IN_STEP_BAR seconds after its return.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path

from bench.faults import descendants
from bench.site import FALLBACK, MEMBERS, Answer, Member, Part, Site, elasticsearch
from search.tests.proxy import Proxy

# Of each fault: posts, and for how many of them a page of results is asked for.
COUNT, POSTS_A_SEARCH = 500, 5
WRITERS = 4
PAGE_BAR, IN_STEP_BAR = 1.5, 60
WRITTEN = "SELECT body FROM posts_post WHERE body LIKE 'Storm %'"


def main() -> int:
    """Go through the faults and print a row of each; return the exit status."""
    folder = Path(tempfile.mkdtemp(prefix="microblog-search-faults-"))
    folder.chmod(0o755)
    engine, address = elasticsearch(folder)
    proxy = Proxy(address)
    site = Site(folder, web_workers=2, ELASTICSEARCH_URL=address)
    try:
        engine.start()
        engine.wait()
        members = site.prepare()
        site.manage("search_index")
        site.start()
        print("| Fault | Posts | Lost | 5xx | Other errors | Slowest post, s | Slowest search, s", end="")
        print(" | Searched by the database | In step after, s |\n|---|---|---|---|---|---|---|---|---|", flush=True)
        is_good = trial(site, members, "stopped", partial(stopped, engine))
        is_good &= trial(site, members, "frozen", partial(frozen, engine))
        for part in [site.web, *site.workers]:
            part.stop()
        site.environment["ELASTICSEARCH_URL"] = proxy.url
        site.start()
        for mode in (429, 503, "cut"):
            is_good &= trial(site, members, str(mode), partial(failing, proxy, mode))
        return int(not is_good)
    finally:
        site.stop()
        engine.stop()
        proxy.close()
        shutil.rmtree(folder)


@contextmanager
def stopped(engine: Part) -> Iterator[None]:
    """End the engine, and start it again."""
    engine.stop()
    try:
        yield
    finally:
        engine.start()
        engine.wait()


@contextmanager
def frozen(engine: Part) -> Iterator[None]:
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


def trial(site: Site, members: list[Member], name: str, fault: Callable[[], AbstractContextManager[None]]) -> bool:
    """Write and search during a fault, print its row, and tell whether all was as it must be."""
    with fault():
        posted, searched = write(members, name)
    in_step = seconds_until_in_step(site, members[0])
    answers = [*posted, *searched]
    kept = {body for (body,) in site.query(WRITTEN) if str(body).endswith(f", {name}")}
    lost = COUNT - len(kept)
    failed = sum(answer.status >= 500 for answer in answers)
    wrong = sum(answer.status not in (200, 302) for answer in answers) - failed
    fallbacks = sum(FALLBACK in answer.text for answer in searched)
    slowest = [max(answer.answered - answer.asked for answer in kind) for kind in (posted, searched)]
    print(f"| {name} | {COUNT} | {lost} | {failed} | {wrong} | {slowest[0]:.2f} | {slowest[1]:.2f}", end="")
    print(f" | {fallbacks} of {len(searched)} | {in_step:.0f} |", flush=True)
    return (
        not (lost or failed or wrong)
        and max(slowest) <= PAGE_BAR
        and in_step <= IN_STEP_BAR
        and fallbacks == len(searched)
    )


def write(members: list[Member], name: str) -> tuple[list[Answer], list[Answer]]:
    """Let people write posts and search in between; return what came of both."""
    posted, searched = [], []
    with ThreadPoolExecutor(WRITERS) as pool:
        for number in range(COUNT):
            member = members[number % MEMBERS]
            form = {"body": f"Storm {number}, {name}", "submission_key": str(uuid.uuid4())}
            posted.append(pool.submit(member.post, "/", form))
            if number % POSTS_A_SEARCH == 0:
                searched.append(pool.submit(member.get, "/search?q=storm"))
    return [answer.result() for answer in posted], [answer.result() for answer in searched]


def seconds_until_in_step(site: Site, member: Member) -> float:
    """Wait until no document differs from its row and the engine searches; return the seconds, or infinity."""
    begun = time.monotonic()
    while time.monotonic() < begun + IN_STEP_BAR:
        with suppress(subprocess.CalledProcessError):
            site.manage("search_check", "--json")
            if FALLBACK not in member.get("/search?q=storm").text:
                return time.monotonic() - begun
        time.sleep(1)
    return float("inf")


if __name__ == "__main__":
    sys.exit(main())
