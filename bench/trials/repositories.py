"""
Measure how long the issues of a large repository take to fetch, in how much memory and with how many requests.

`python -m bench.trials.repositories [ISSUES]` runs `manage.py repositories` on the database of DATABASE_URL, by
default a new SQLite file, against a server on this machine that imitates GitHub.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scripts.environment import PYTHON, ROOT
from tests.helpers.github import GitHub, run_github

NAME = "octocat/large"
ISSUES = 50_000


class Unchanging(GitHub):
    """A server that sorts its issues once, so that its own time is not measured."""

    def by_change(self, repository: dict[str, Any]) -> list[Any]:
        if "sorted" not in repository:
            repository["sorted"] = super().by_change(repository)
        return repository["sorted"]


def main() -> None:
    """Measure, and print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ISSUES
    with run_github(Unchanging) as github, TemporaryDirectory() as folder:
        github.add(NAME)
        for number in range(count):
            github.tick(number % 7)
            github.open(NAME, body="A body of some length. " * 40)
        environment = os.environ | {"CONFIGURATION": "development", "GITHUB_API_URL": github.url, "GITHUB_TOKEN": ""}
        environment["DATABASE_URL"] = os.environ.get("DATABASE_URL") or f"sqlite:///{Path(folder) / 'trial.db'}"
        measure(github, environment, "migrate", "--verbosity=0")
        measure(github, environment, "repositories", "add", f"{github.url}/{NAME}")
        for what in ("the first fetch", "a refresh without changes"):
            print(f"{what}: {measure(github, environment, 'repositories', 'refresh', '--all')}")


def measure(github: GitHub, environment: dict[str, str], *arguments: str) -> str:
    """Run a management command and return its seconds, its peak of memory and the number of requests."""
    github.requests.clear()
    start = time.monotonic()
    pid = os.posix_spawn(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *arguments], environment)
    _pid, status, used = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed")
    seconds = time.monotonic() - start
    return f"{seconds:.1f} s, {used.ru_maxrss / 1024:.0f} MiB, {len(github.requests)} requests"


if __name__ == "__main__":
    main()
