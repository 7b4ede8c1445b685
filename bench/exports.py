"""
Kill workers in the middle of exports and mails, and measure a large export beside the web.

    python -m bench.exports kill thread       # SQLite, the worker thread of a web process
    python -m bench.exports kill rq           # PostgreSQL and Redis, one `manage.py rqworker` on both queues
    python -m bench.exports large             # an export of 100,000 posts while pages are asked for

`kill` ends workers by SIGKILL at 20 random moments of 20 exports, then of 200 mails, which an SMTP server of this
process counts. `kill rq` needs TEST_DATABASE_URL (see `make services`). Every process it ends is one that it started.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.faults import World, descendants
from bench.site import Member, Site, load
from microblog.core.tests.sink import Sink, smtp_sink

KILLS, EXPORTS, POSTS, MAILS = 20, 20, 16_000, 200
# Seconds after the last kill within which everything has ended.
BAR = 120
LARGE, LARGE_SECONDS, LARGE_MEGABYTES, SLOWER = 100_000, 120, 200, 1.5
# Who asks for pages meanwhile, and for how many seconds without the export.
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
ASK = "from accounts.models import User; from posts.services import request_export\n"
ASK_ALL = "for user in User.objects.filter(username__startswith='person'): request_export(user)\n"
ASK_ONE = "request_export(User.objects.get(username='person0'))\n"
NOTIFY = """
from accounts.models import User
from microblog.core.jobs import enqueue
user = User.objects.first()
for number in range({count}):
    to = f"to{{number}}@example.com"
    enqueue("accounts.jobs.send_notice", "password_changed", user.pk, to, queue="microblog-mail")
"""
STATES = """
import json
from posts.models import Export
rows = [(row.pk, row.state, row.finished_at and row.finished_at.timestamp()) for row in Export.objects.all()]
print(json.dumps(rows))
"""
# Those of which a slice was being written when the worker was killed.
HIT = """
from posts.models import Export
print(list(Export.objects.filter(state="running", attempts__gt=0).values_list("pk", flat=True)))
"""
WAITING = """
from microblog.core.models import Job
print(Job.objects.filter(queue="microblog-mail").count())
"""


class MailingWorld(World):
    """A site whose mail goes to a sink, with one worker for both queues."""

    def __init__(self, runner: str, folder: Path, sink: Sink) -> None:
        self.sink = sink
        super().__init__(runner, folder)

    def manage(self, *command: str) -> None:
        self.environment |= {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(self.sink.port),
            "ADMINS": "admin@example.com",
            "SITE_URL": "http://localhost",
            "EXPORT_FOLDER": str(self.folder / "exports"),
        }
        super().manage(*command)

    def start_workers(self) -> None:
        if self.runner == "thread":
            super().start_workers()
            return
        manage = [sys.executable, "manage.py"]
        self.workers = [
            self.spawn([*manage, "rqworker", "microblog-mail", "microblog-tasks"]),
            self.spawn([*manage, "rqcron", "microblog.cron"]),
        ]

    def ask(self, code: str) -> Any:
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": "microblog.settings"}
        command = [sys.executable, "-c", START + code]
        output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
        # Log lines go to standard output too.
        return json.loads(output.splitlines()[-1]) if output else None


def kill(runner: str) -> int:
    """Run both trials; return the exit status."""
    folder = Path(tempfile.mkdtemp(prefix="microblog-exports-"))
    try:
        with smtp_sink() as sink:
            world = MailingWorld(runner, folder, sink)
            try:
                return kill_exports(world) | kill_mails(world)
            finally:
                world.close()
    finally:
        shutil.rmtree(folder)


def kill_exports(world: MailingWorld) -> int:
    world.ask(WRITE + PEOPLE.format(count=EXPORTS, posts=POSTS))
    world.ask(ASK + ASK_ALL)
    archives = world.folder / "exports"
    hits: dict[int, float] = {}

    def note(killed_at: float) -> None:
        hits.update(dict.fromkeys(world.ask(HIT), killed_at))

    kills = _kill_at_random(world, lambda: sorted(archives.rglob("*.zip")), note)
    rows = _until(world, STATES, lambda rows: all(finished for _pk, _state, finished in rows))
    counts = {state: sum(row[1] == state for row in rows) for state in sorted({row[1] for row in rows})}
    longest = max((finished or float("inf")) - hits[pk] for pk, _state, finished in rows if pk in hits)
    left = len(list(archives.rglob("*.zip")))
    mailed = [str(message["To"]) for message in world.sink.received]
    print(f"{world.runner}: {len(rows)} exports, {kills} kills: {counts}")
    print(f"  {len(hits)} of them hit; the last one ended {longest:.0f} s after it was hit for the last time")
    print(f"  {len(set(mailed))} people mailed, {len(mailed) - len(set(mailed))} twice; {left} files are left")
    return int(longest > BAR or any(row[1] not in ("done", "failed") for row in rows))


def kill_mails(world: MailingWorld) -> int:
    world.kill_workers()
    world.sink.received.clear()
    world.ask(NOTIFY.format(count=MAILS))
    received = world.sink.received
    seen: dict[int, float] = {}
    kills = _kill_at_random(
        world, lambda: len(received), lambda killed_at: seen.update({len(received): killed_at}), least=0.0, most=0.3
    )
    _until(world, WAITING, lambda count: count == 0)
    longest = time.time() - max(seen.values())
    to = [str(message["To"]) for message in list(received)]
    lost = MAILS - len(set(to))
    twice = {address for address in to if to.count(address) > 1}
    # The server has taken a mail whose worker was killed before it could write that down.
    in_flight = {to[count - 1] for count in seen if count}
    print(f"{world.runner}: {MAILS} mails, {kills} kills: {lost} lost, {len(twice)} sent twice")
    print(f"  of these not in flight at a kill {len(twice - in_flight)}")
    print(f"  the last one came {longest:.0f} s after the last kill")
    return int(bool(lost or twice - in_flight))


def _kill_at_random(
    world: MailingWorld,
    progress: Callable[[], Any],
    note: Callable[[float], None],
    *,
    least: float = 0.1,
    most: float = 1.5,
) -> int:
    """
    Start workers, wait until they do something, and kill them a moment later; then leave them alone.

    Call `note` with the time of each kill, and return how many there were.
    """
    chance = random.Random(1)
    for kills in range(KILLS):
        before, end = progress(), time.monotonic() + 90
        world.start_workers()
        while progress() == before:
            if time.monotonic() > end:
                return kills
            time.sleep(0.005)
        time.sleep(chance.uniform(least, most))
        world.kill_workers()
        note(time.time())
    world.start_workers()
    return KILLS


def _until(world: MailingWorld, question: str, is_answered: Callable[[Any], bool]) -> Any:
    end = time.monotonic() + 2 * BAR
    while not is_answered(answer := world.ask(question)) and time.monotonic() < end:
        time.sleep(1)
    return answer


def large() -> int:
    """Export 100,000 posts while pages are asked for; return the exit status."""
    with _site() as (site, members):
        site.manage("shell", "--verbosity=0", "--command", WRITE + PEOPLE.format(count=1, posts=LARGE))
        site.start()
        alone = _read(members, until=lambda passed: passed > QUIET_SECONDS)
        tasks = site.workers[0].pid
        memory = [0]
        site.manage("shell", "--verbosity=0", "--command", ASK + ASK_ONE)

        def is_over(_passed: float) -> bool:
            memory.append(max(map(_resident, [tasks, *descendants(tasks)])))
            return site.query("SELECT 1 FROM posts_export WHERE finished_at IS NOT NULL") != []

        beside = _read(members, until=is_over)
        ((state, seconds, size),) = site.query(
            "SELECT state, extract(epoch FROM finished_at - created_at)::float, size FROM posts_export"
        )
    print(
        f"export of {LARGE} posts: {state} in {seconds:.1f} s, {max(memory)} MiB, archive {int(size) / 2**20:.1f} MiB"
    )
    print(f"pages without it: {_say(alone)}\npages beside it:  {_say(beside)}")
    slower = _p99(beside) / _p99(alone)
    print(f"p99 is {slower:.2f} times that without")
    is_good = state == "done" and float(seconds) < LARGE_SECONDS and max(memory) < LARGE_MEGABYTES and slower < SLOWER
    return int(not is_good)


@contextmanager
def _site() -> Iterator[tuple[Site, list[Member]]]:
    folder = Path(tempfile.mkdtemp(prefix="microblog-exports-"))
    site = Site(folder, web_workers=2, EXPORT_FOLDER=str(folder / "exports"))
    try:
        yield site, site.prepare()
    finally:
        site.stop()
        shutil.rmtree(folder)


def _read(members: list[Member], *, until: Callable[[float], bool]) -> list[float]:
    """Have people read the home page one after the other, until it is enough; return the seconds of each page."""
    times: list[float] = []

    def read(member: Member) -> Callable[[], None]:
        def once() -> None:
            answer = member.get("/")
            times.append(answer.answered - answer.asked if answer.status == 200 else float("inf"))

        return once

    begun = time.monotonic()
    with load([read(member) for member in members[:READERS]]):
        while not until(time.monotonic() - begun):
            time.sleep(0.2)
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
    return f"{len(times)} read, median {1000 * sorted(times)[len(times) // 2]:.0f} ms, p99 {1000 * _p99(times):.0f} ms"


def main() -> None:
    """Run one of the trials."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trial", choices=["kill", "large"])
    parser.add_argument("runner", nargs="?", choices=["thread", "rq"], default="thread")
    options = parser.parse_args()
    sys.exit(kill(options.runner) if options.trial == "kill" else large())


if __name__ == "__main__":
    main()
