"""
Measure how long the database of a Flask Microblog takes to import, kill imports, and compare the rows.

    python -m bench.trials.imports [s|m|l] [--kills 10]

The small set is in SQLite and imported into SQLite, with the settings of a site on one machine; the others are in
PostgreSQL and imported into another database of the same server, which this program starts. Each killed import begins
with an empty site, gets SIGKILL at a random moment and is started again; the rows must be those of the import that
nothing interrupted, but for ids and times that an import gives.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psycopg2

from bench.table import heading, row
from scripts.environment import PYTHON, ROOT
from scripts.servers import postgresql
from scripts.suite import environment

# Seconds and MiB that an import may take.
BARS = {"s": (60, 500), "m": (120, 500), "l": (20 * 60, 500)}
COMMAND = "import_flask_microblog"
# Before it, a process only loads the program.
FIRST_MOMENT = 1.0
# Prints a digest of the rows of each table; what an import numbers or dates itself is left out.
DIGESTS = """
from hashlib import sha256
from django.apps import apps
left_out = {
    "accounts.User": {"message_stamp", "notification_stamp"},
    "accounts.Username": set(),
    "account.EmailAddress": {"id"},
    "posts.Post": set(),
    "relationships.Follow": {"id"},
    "messaging.Conversation": {"id"},
    "messaging.Message": {"id", "conversation"},
    "messaging.Participant": {"id", "conversation", "last_message", "read_up_to"},
    "search.PostEntry": set(),
    "search.PersonEntry": set(),
}
for label, names in left_out.items():
    model = apps.get_model(label)
    fields = [field.attname for field in model._meta.concrete_fields if field.name not in names]
    digest, count = sha256(), 0
    for found in model.objects.order_by(*fields).values_list(*fields).iterator(10_000):
        digest.update(repr(found).encode())
        count += 1
    print(label, count, digest.hexdigest())
"""


class Used(NamedTuple):
    """The seconds and MiB of a process, and whether it ended well."""

    seconds: float
    memory: float
    is_done: bool


class Target:
    """An empty site for each import, in a database that is copied from a migrated one."""

    def __init__(self, url: Callable[[str], str], copy: Callable[[str, str], None]) -> None:
        self.url, self.copy = url, copy
        self.name = "empty"

    def renew(self, name: str) -> None:
        self.copy("empty", name)
        self.name = name

    def start(self, *arguments: str) -> int:
        with Path(os.devnull).open("wb") as nowhere:
            actions = [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)]
            command = [str(PYTHON), str(ROOT / "manage.py"), *arguments]
            return os.posix_spawn(PYTHON, command, self.variables(), file_actions=actions)

    def run(self, *arguments: str, kill_after: float | None = None) -> Used:
        """Run a management command, or kill it after some seconds."""
        start = time.monotonic()
        pid = self.start(*arguments)
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(pid, signal.SIGKILL)
        _pid, status, used = os.wait4(pid, 0)
        return Used(time.monotonic() - start, used.ru_maxrss / 1024, status == 0)

    def print_of(self, code: str) -> str:
        command = [PYTHON, "manage.py", "shell", "--verbosity=0", "--command", code]
        done = subprocess.run(command, cwd=ROOT, env=self.variables(), check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def variables(self) -> dict[str, str]:
        # The tokens of an entry of search are a set, whose order is otherwise another one in each process.
        return environment(self.url(self.name)) | {"CONFIGURATION": "development", "PYTHONHASHSEED": "0"}


def main() -> int:
    """Import, interrupt, print the tables, and return 1 if a bar was missed or rows differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", nargs="?", default="s", choices=BARS)
    parser.add_argument("--kills", type=int, default=10, help="imports to kill (%(default)s)")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="microblog-") as folder, databases(options.set, Path(folder)) as (source, target):
        must(target.run("migrate", "--verbosity=0"))
        target.print_of(f"from bench.data.original import fill; fill({source!r}, {options.set!r})")

        target.renew("unbroken")
        whole = must(target.run(COMMAND, source))
        digests = target.print_of(DIGESTS)
        again = must(target.run(COMMAND, source))
        others = differences(digests, target.print_of(DIGESTS))
        heading("Import", "seconds", "peak of memory, MiB", "rows")
        row("unbroken", f"{whole.seconds:.1f}", f"{whole.memory:.0f}", counts(digests))
        row("again", f"{again.seconds:.1f}", f"{again.memory:.0f}", others or "the same")
        are_same = [not others]
        dice = random.Random()
        for number in range(1, options.kills + 1):
            latest = whole.seconds
            while True:
                target.renew("killed")
                moment = dice.uniform(FIRST_MOMENT, latest)
                if not target.run(COMMAND, source, kill_after=moment).is_done:
                    break
                # It was faster than the first one.
                latest = moment
            rest = must(target.run(COMMAND, source))
            others = differences(digests, target.print_of(DIGESTS))
            name = f"{number}: killed after {moment:.1f} s, the rest"
            row(name, f"{rest.seconds:.1f}", f"{rest.memory:.0f}", others or "the same")
            are_same.append(not others)
    seconds, memory = BARS[options.set]
    return int(not all(are_same) or whole.seconds > seconds or whole.memory > memory)


@contextmanager
def databases(name: str, folder: Path) -> Iterator[tuple[str, Target]]:
    """Give the URL of an empty source, and the site."""
    if name == "s":
        yield (
            f"sqlite:///{folder / 'source.db'}",
            Target(
                lambda name: f"sqlite:///{folder / name}.db",
                lambda one, other: copy_sqlite(folder, one, other),
            ),
        )
        return
    with postgresql(folder) as server:
        for database in ("source", "empty"):
            execute(server.url, f"CREATE DATABASE {database}")

        def copy(one: str, other: str) -> None:
            execute(server.url, f"DROP DATABASE IF EXISTS {other} WITH (FORCE)")
            execute(server.url, f"CREATE DATABASE {other} TEMPLATE {one}")

        yield server.database("source").replace("postgres:", "postgresql:", 1), Target(server.database, copy)


def copy_sqlite(folder: Path, one: str, other: str) -> None:
    for left in folder.glob(f"{other}.db*"):
        left.unlink()
    for part in folder.glob(f"{one}.db*"):
        shutil.copy(part, folder / part.name.replace(one, other, 1))


def execute(url: str, statement: str) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def must(used: Used) -> Used:
    if not used.is_done:
        sys.exit("The command failed.")
    return used


def differences(one: str, other: str) -> str:
    """Return the names of the tables whose rows differ."""
    changed = set(one.splitlines()) ^ set(other.splitlines())
    return ", ".join(sorted({line.split()[0] for line in changed}))


def counts(digests: str) -> str:
    found = dict(line.split()[:2] for line in digests.splitlines())
    return ", ".join(f"{int(count):,} {label.rpartition('.')[2]}" for label, count in found.items())


if __name__ == "__main__":
    sys.exit(main())
