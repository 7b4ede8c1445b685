"""
Keep one web worker and one job worker under load for long, and see whether they grow.

    python -m bench.trials.soak [--minutes 30] [--rate 10]

Memory, open files and sockets of each process, and connections to PostgreSQL and Redis, once a minute. The first tenth
of the time warms caches up; the exit status is 1 when after it memory grew by a tenth or more, or handles did.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

from bench.trials.site import MEMBERS, Member, Site, load, mail_to
from scripts.processes import descendants
from tests.helpers.sink import smtp_sink

BAR = 0.10
# A connection or file that is in use at the moment of looking.
HANDLES_IN_USE = 3
PAGES = (
    "/",
    "/explore",
    "/messages",
    "/notifications",
    "/user/member1",
    "/user/member2/popup",
    "/settings/preferences",
    "/about",
)


class Sample(NamedTuple):
    """A process at one moment: its memory in MiB that no other process shares, and its open handles."""

    memory: float
    handles: int


class Browser:
    """The load: a user reads, writes, follows, sends and searches, in random order."""

    def __init__(self, members: list[Member]) -> None:
        self.members, self.chance = members, random.Random(1)
        self.numbers, self.wrong, self.requests = count(), 0, 0

    def act(self) -> None:
        member, number = self.chance.choice(self.members), next(self.numbers)
        if number % 8 == 0:
            answer = member.post("/", {"body": f"Number {number} of a long day #soak"})
        elif number % 8 == 4:
            action = "unfollow" if number % 16 == 4 else "follow"
            answer = member.post(f"/{action}/member{self.chance.randrange(MEMBERS)}", {})
        elif number % 16 == 2:
            to = self.chance.randrange(MEMBERS)
            answer = member.post(f"/send_message/member{to}", {"body": f"Number {number}, to you alone"})
        elif number % 8 == 6:
            answer = member.get(f"/search?q=number+{self.chance.randrange(number)}")
        else:
            answer = member.get(self.chance.choice(PAGES))
        self.requests += 1
        # A thing that is not there, such as following yourself, is a response as well.
        self.wrong += answer.status == 0 or answer.status >= 500


def sample(pid: int) -> Sample:
    """Look at a process."""
    folder = Path(f"/proc/{pid}")
    sizes = dict(line.split(":") for line in (folder / "smaps_rollup").read_text().splitlines()[1:])
    private = sum(int(sizes[f"Private_{kind}"].split()[0]) for kind in ("Clean", "Dirty"))
    return Sample(private / 1024, len(list((folder / "fd").iterdir())))


def main() -> int:
    """Run the trial, print a line a minute and the outcome."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=10, help="requests a second at most (10)")
    options = parser.parse_args()
    with smtp_sink() as sink, Site(web_workers=1, **mail_to(sink)) as site:
        browser = Browser(site.prepare())
        print(f"first page {site.start():.2f} s after the start")
        return watch(site, browser, options)


def watch(site: Site, browser: Browser, options: argparse.Namespace) -> int:
    """Look at the processes once a minute and compare the first look after warming up with the last."""
    (web_worker,) = descendants(site.web.pid)
    watched = {"web": web_worker} | {part.name: part.pid for part in site.workers}
    looks: list[dict[str, Sample]] = []
    connections: list[int] = []
    begin = time.monotonic()
    with load([browser.act], pause=1 / options.rate):
        while True:
            minutes = (time.monotonic() - begin) / 60
            if minutes >= options.minutes / 10:
                looks.append({name: sample(pid) for name, pid in watched.items()})
                ((sessions,),) = site.query("SELECT count(*) FROM pg_stat_activity WHERE datname = 'site'")
                connections.append(int(str(sessions)))
                state = ", ".join(
                    f"{name} {look.memory:.1f} MiB {look.handles} handles" for name, look in looks[-1].items()
                )
                print(f"{minutes:4.1f} min: {browser.requests} requests, {state}, {sessions} sessions", flush=True)
            if minutes >= options.minutes:
                break
            time.sleep(min(60, options.minutes * 6))
    grown = {name: look.memory / looks[0][name].memory - 1 for name, look in looks[-1].items()}
    leaks = {name: look.handles - looks[0][name].handles for name, look in looks[-1].items()}
    print(f"{browser.requests} requests, {browser.wrong} failed; the same web worker: {_is_alive(web_worker)}")
    print("memory grew by " + ", ".join(f"{name} {growth:+.1%}" for name, growth in grown.items()))
    print(f"handles: {leaks}; sessions in PostgreSQL: {connections[0]} at first, {connections[-1]} at last")
    is_good = (
        not browser.wrong
        and _is_alive(web_worker)
        and max(grown.values()) < BAR
        and max(leaks.values()) <= HANDLES_IN_USE
        and connections[-1] - connections[0] <= HANDLES_IN_USE
    )
    return int(not is_good)


def _is_alive(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return bool(Path(f"/proc/{pid}/cmdline").read_text())
    return False


if __name__ == "__main__":
    sys.exit(main())
