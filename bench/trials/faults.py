"""
Kill workers at random moments, and count which jobs were lost and which were done twice.

    python -m bench.trials.faults thread             # SQLite, the worker thread of a web process
    python -m bench.trials.faults rq                 # PostgreSQL and Redis, `manage.py rqworker` and `rqcron`

`rq` starts a PostgreSQL and a Redis of its own, and stops Redis twice while work goes on. Every process it ends is one
that it started.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.environment import ROOT
from scripts.processes import descendants, wait_until
from scripts.servers import Server, postgresql, redis
from scripts.suite import environment

LEDGER = "FAULTS_LEDGER"
WEB = "import signal, microblog.wsgi; signal.pause()"
PICK_UP_BAR = 90


class World:
    """The processes of one run."""

    queues: tuple[str, ...] = ("microblog-tasks",)

    def __init__(self, runner: str, folder: Path, **settings: str) -> None:
        self.runner, self.folder = runner, folder
        self.ledger = folder / "ledger"
        self.ledger.touch()
        self.environment = environment(f"sqlite:///{folder / 'faults.db'}") | settings
        self.environment |= {LEDGER: str(self.ledger), "DJANGO_SETTINGS_MODULE": "bench.trials.site_with_tasks"}
        # Redis first.
        self.servers: list[Server] = []
        self.workers: list[subprocess.Popen[bytes]] = []
        if runner == "rq":
            self.servers = [redis(folder), postgresql(folder)]
            urls = [server.url for server in self.servers]
            self.environment |= dict(zip(("REDIS_URL", "DATABASE_URL"), urls, strict=True))

    def prepare(self) -> None:
        """Start the servers, and make the tables."""
        for server in self.servers:
            server.start()
        for server in self.servers:
            server.wait()
        self.manage("migrate", "-v0")

    def manage(self, *command: str) -> None:
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment, check=True)

    def spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        log = (self.folder / "log").open("ab")
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def start_workers(self) -> None:
        if self.runner == "thread":
            self.workers = [self.spawn([sys.executable, "-c", WEB])]
            return
        manage = [sys.executable, "manage.py"]
        self.workers = [
            self.spawn([*manage, "rqworker", *self.queues]),
            self.spawn([*manage, "rqcron", "microblog.schedule"]),
        ]

    def kill_workers(self) -> None:
        for worker in self.workers:
            kill(worker)
        self.workers = []

    def entries(self) -> list[tuple[int, int, str]]:
        lines = self.ledger.read_text().splitlines()
        return [(int(number), int(pid), what) for number, pid, what in map(str.split, lines)]

    def ended(self) -> set[int]:
        """Return the jobs that were done."""
        return {number for number, _pid, what in self.entries() if what == "end"}

    def wait_for_entry(self, seconds: float) -> bool:
        """Wait until something is written down."""
        size = self.ledger.stat().st_size
        return wait_until(lambda: self.ledger.stat().st_size > size, seconds, pause=0.01) < math.inf

    def close(self) -> None:
        self.kill_workers()
        for server in self.servers:
            server.stop()


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children, which django-rq puts in a group of their own, as a power cut would."""
    for pid in [process.pid, *descendants(process.pid)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def main() -> None:
    """Run the trial and say what was counted; exit with 1 when a job was lost or done twice without a reason."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runner", choices=["thread", "rq"])
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with (
        TemporaryDirectory(prefix="microblog-faults-") as folder,
        closing(World(options.runner, Path(folder))) as world,
    ):
        world.prepare()
        sys.exit(trial(world, options, chance))


def trial(world: World, options: argparse.Namespace, chance: random.Random) -> int:
    """Enqueue, kill, let the work end, and report."""
    enqueue = (
        "import django; django.setup()\n"
        "from bench.tasks import note\n"
        f"for number in range({options.jobs}): note.enqueue(number)"
    )
    producer = subprocess.Popen([sys.executable, "-c", enqueue], cwd=ROOT, env=world.environment)
    redis_stops = {options.kills // 3, 2 * options.kills // 3} if world.servers else set()
    kills, begun = 0, time.monotonic()
    for number in range(options.kills):
        world.start_workers()
        if number in redis_stops:
            world.servers[0].stop(signal.SIGKILL)
            time.sleep(1)
            world.servers[0].start()
        if not world.wait_for_entry(seconds=PICK_UP_BAR + 30):
            break
        time.sleep(chance.uniform(0, 0.25))
        world.kill_workers()
        kills += 1
    producer.wait()
    world.start_workers()
    longest = wait_until(lambda: len(world.ended()) == options.jobs, 300, pause=0.2)
    return report(world, options, kills, longest, time.monotonic() - begun)


def report(world: World, options: argparse.Namespace, kills: int, longest: float, seconds: float) -> int:
    """Print the counts; return the exit status."""
    entries = world.entries()
    begun = Counter(number for number, _pid, what in entries if what == "begin")
    done = world.ended()
    twice = {number for number, count in begun.items() if count > 1}
    # In flight when a worker was killed: the last thing that worker wrote down.
    last_of_worker = {pid: number for number, pid, _what in entries}
    unexplained = twice - set(last_of_worker.values())
    lost = options.jobs - len(done)
    print(f"runner {world.runner}: {options.jobs} jobs, {kills} kills, {seconds:.0f} s")
    print(
        f"done {len(done)}, lost {lost}, begun twice {len(twice)}, of these not in flight at a kill {len(unexplained)}"
    )
    print(f"last job done {longest:.0f} s after the last kill (bar {PICK_UP_BAR} s)")
    return int(bool(lost or unexplained or longest > PICK_UP_BAR))


if __name__ == "__main__":
    main()
