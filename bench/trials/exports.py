"""
Kill workers in the middle of exports and mails, and measure a large export under web load.

    python -m bench.trials.exports kill thread       # SQLite, the worker thread of a web process
    python -m bench.trials.exports kill rq           # PostgreSQL and Redis, one `manage.py rqworker` on both queues
    python -m bench.trials.exports large             # an export of 100,000 posts while pages are asked for

`kill` ends workers by SIGKILL at 20 random moments of 20 exports, then of 200 mails, which an SMTP server of this
process counts. Every process it ends is one that it started.
"""

from __future__ import annotations

import argparse
import math
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg2

from bench.trials.faults import World
from bench.trials.site import Member, Site, load, mail_to
from scripts.environment import ROOT
from scripts.processes import descendants, wait_until
from tests.helpers.sink import Sink, smtp_sink

KILLS, POSTS, MAILS = 20, 2_000, 200
# Between two looks at what is to be killed in the middle.
PAUSE = 0.005
# Seconds after the last kill within which everything has ended.
BAR = 120
LARGE, LARGE_SECONDS, LARGE_MEGABYTES, SLOWER = 100_000, 120, 200, 1.5
# Readers of pages during the export, and seconds to measure them without it.
READERS, QUIET_SECONDS = 4, 20
START = "import django; django.setup()\n"
# Bodies of the length of the sets that pages are measured on.
WRITE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from accounts.services import register_user
from posts.models import Post
from posts.rendering import RENDERER_VERSION
def write(user, count):
    start = timezone.now() - timedelta(days=700)
    bodies = (f"What {user.username} thought at moment {number} of a long story. " * 2 for number in range(count))
    posts = (Post(author=user, body=body, body_html=body, renderer_version=RENDERER_VERSION, language="en",
                  created_at=start + timedelta(minutes=number)) for number, body in enumerate(bodies))
    Post.objects.bulk_create(posts, batch_size=1000)
    User.objects.filter(pk=user.pk).update(post_count=count)
"""
PEOPLE = """
for number in range({count}):
    write(register_user(username=f"person{{number}}", email=f"person{{number}}@example.com", password=None), {posts})
"""
ASK = "from accounts.models import User; from exports.services import request_export\n"
ASK_ONE = "request_export(User.objects.get(username='person{number}'))\n"
NOTIFY = """
from accounts.models import User
from accounts.tasks import send_notice
user = User.objects.first()
for number in range({count}):
    to = f"to{{number}}@example.com"
    send_notice.enqueue("password_changed", user.pk, to)
"""
# Of which a slice is being written.
AT_WORK = "SELECT id, updated_at FROM exports_export WHERE state = 'running' AND attempts > 0"
STATES = "SELECT id, state, finished_at IS NULL FROM exports_export"
WAITING = "SELECT count(*) FROM jobs_job WHERE queue = 'microblog-mail'"


class MailingWorld(World):
    """A site whose mail goes to a sink, with one worker for both queues."""

    queues = ("microblog-mail", "microblog-tasks")

    def __init__(self, runner: str, folder: Path, sink: Sink) -> None:
        self.sink = sink
        super().__init__(runner, folder, **mail_to(sink), EXPORT_FOLDER=str(folder / "exports"))

    def run(self, code: str) -> None:
        command = [sys.executable, "-c", START + code]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        if self.runner == "thread":
            with closing(sqlite3.connect(self.folder / "faults.db", timeout=20)) as connection:
                return connection.execute(statement).fetchall()
        with closing(psycopg2.connect(self.environment["DATABASE_URL"])) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall()


def kill(runner: str) -> int:
    """Run both trials; return the exit status."""
    with (
        TemporaryDirectory(prefix="microblog-exports-") as folder,
        smtp_sink() as sink,
        closing(MailingWorld(runner, Path(folder), sink)) as world,
    ):
        world.prepare()
        return kill_exports(world) | kill_mails(world)


def kill_exports(world: MailingWorld) -> int:
    """Ask for one export after the other, and kill the workers in the middle of each."""
    chance = random.Random(1)
    world.run(WRITE + PEOPLE.format(count=KILLS, posts=POSTS))
    hit_at: dict[int, float] = {}
    for number in range(KILLS):
        world.run(ASK + ASK_ONE.format(number=number))
        hit_at |= dict.fromkeys(hit(world, chance.uniform(0, 1)), time.time())
    world.start_workers()
    ended_at: dict[int, float] = {}

    def all_ended() -> bool:
        rows = world.query(STATES)
        for pk, _state, is_going_on in rows:
            if not is_going_on:
                ended_at.setdefault(pk, time.time())
        return len(ended_at) == len(rows)

    wait_until(all_ended, 2 * BAR)
    states = Counter(state for _pk, state, _is_going_on in world.query(STATES))
    longest = max(ended_at.get(pk, float("inf")) - moment for pk, moment in hit_at.items())
    wait_until(lambda: world.query(WAITING) == [(0,)], BAR)
    mailed = Counter(str(message["To"]) for message in world.sink.received)
    print(f"{world.runner}: {states.total()} exports, {KILLS} kills: {dict(states)}")
    print(f"  {len(hit_at)} were hit in a slice, and ended within {longest:.0f} s of that (bar {BAR} s)")
    print(f"  {len(mailed)} people were mailed, {sum(count > 1 for count in mailed.values())} of them twice")
    return int(longest > BAR or not states.keys() <= {"done", "failed"})


def hit(world: MailingWorld, seconds: float) -> list[int]:
    """Kill the workers so long after one of them began a slice; return the exports that were being written."""
    # Those that a killed worker held before wait for the end of its lease.
    before = world.query(AT_WORK)
    world.start_workers()
    wait_until(lambda: set(world.query(AT_WORK)) - set(before), 90, pause=PAUSE)
    time.sleep(seconds)
    world.kill_workers()
    return [pk for pk, since in world.query(AT_WORK) if (pk, since) not in before]


def kill_mails(world: MailingWorld) -> int:
    """Enqueue mails, kill the workers while they are sent, and count what came."""
    world.kill_workers()
    received = world.sink.received
    received.clear()
    chance = random.Random(1)
    world.run(NOTIFY.format(count=MAILS))
    kills, last_before_kill = 0, set()
    while kills < KILLS and len(received) < MAILS:
        world.sink.came.clear()
        world.start_workers()
        if not world.sink.came.wait(90):
            break
        time.sleep(chance.uniform(0, 0.2))
        world.kill_workers()
        kills += 1
        # What had been sent is still being read.
        time.sleep(0.2)
        last_before_kill.add(str(received[-1]["To"]))
    world.start_workers()
    seconds = wait_until(lambda: world.query(WAITING) == [(0,)], 2 * BAR)
    to = Counter(address for message in received if (address := str(message["To"])).startswith("to"))
    twice = {address for address, count in to.items() if count > 1}
    print(f"{world.runner}: {MAILS} mails, {kills} kills: {MAILS - len(to)} lost, {len(twice)} sent twice")
    # The server has taken a mail whose worker was killed before it could write that down.
    print(f"  of these not in flight at a kill {len(twice - last_before_kill)}")
    print(f"  the last one came {seconds:.0f} s after the last kill")
    return int(len(to) < MAILS or bool(twice - last_before_kill))


def large() -> int:
    """Export 100,000 posts while pages are asked for; return the exit status."""
    with Site(web_workers=2) as site:
        members = site.prepare()
        site.manage("shell", "--verbosity=0", "--command", WRITE + PEOPLE.format(count=1, posts=LARGE))
        # As it is where rows came one by one: until each table has its statistics, plans are guesses.
        site.query("VACUUM (ANALYZE)")
        site.start()
        alone = _read(members, QUIET_SECONDS)
        tasks = site.workers[0].pid
        memory = [0]
        site.manage("shell", "--verbosity=0", "--command", ASK + ASK_ONE.format(number=0))

        def is_over() -> bool:
            memory.append(max(map(_resident, [tasks, *descendants(tasks)])))
            return site.query("SELECT 1 FROM exports_export WHERE finished_at IS NOT NULL") != []

        during = _read(members, 10 * LARGE_SECONDS, until=is_over)
        ((state, seconds, size),) = site.query(
            "SELECT state, extract(epoch FROM finished_at - created_at)::float, size FROM exports_export"
        )
    print(
        f"export of {LARGE} posts: {state} in {seconds:.1f} s, {max(memory)} MiB, archive {int(size) / 2**20:.1f} MiB"
    )
    print(f"pages without it: {_say(alone)}\npages during it:  {_say(during)}")
    slower = _p99(during) / _p99(alone)
    print(f"p99 is {slower:.2f} times that without")
    is_good = state == "done" and float(seconds) < LARGE_SECONDS and max(memory) < LARGE_MEGABYTES and slower < SLOWER
    return int(not is_good)


def _read(members: list[Member], seconds: float, *, until: Callable[[], bool] = lambda: False) -> list[float]:
    """Have people read the home page for so long, or until it is enough; return the seconds of each page."""
    times: list[float] = []

    def read(member: Member) -> None:
        answer = member.get("/")
        times.append(answer.answered - answer.asked if answer.status == 200 else math.inf)

    with load([partial(read, member) for member in members[:READERS]]):
        wait_until(until, seconds, pause=0.2)
    return times


def _resident(pid: int) -> int:
    """Return the most memory that a process ever had, in MiB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _say(times: list[float]) -> str:
    return f"{len(times)} read, median {1000 * statistics.median(times):.0f} ms, p99 {1000 * _p99(times):.0f} ms"


def main() -> None:
    """Run one of the trials."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trial", choices=["kill", "large"])
    parser.add_argument("runner", nargs="?", choices=["thread", "rq"], default="thread")
    options = parser.parse_args()
    sys.exit(kill(options.runner) if options.trial == "kill" else large())


if __name__ == "__main__":
    main()
