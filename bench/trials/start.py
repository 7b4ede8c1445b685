"""
Measure the time to the first response of the site, and that of `manage.py doctor`.

`python -m bench.trials.start` runs both as in production, on the database of DATABASE_URL, three times each. The
median counts; the time of the processors tells how much of it is the site's own where a machine has other things to
do.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.settings import production
from bench.trials.site import Member
from scripts.environment import PYTHON, ROOT
from scripts.processes import HOST, Process, free_port, wait_until

TIMES = 3
# Seconds after which the trial gives up.
PATIENCE = 60


def main() -> None:
    """Measure, and print the figures."""
    environment = production(os.environ.get("DATABASE_URL", ""))
    for command in ("migrate", "collectstatic"):
        arguments = [PYTHON, "manage.py", command, "--no-input", "--verbosity=0"]
        subprocess.run(arguments, cwd=ROOT, env=environment, check=True)
    figures = {"first answer": first_answer, "doctor": doctor}
    for name, measure in figures.items():
        before = processor_seconds()
        seconds = [measure(environment) for _ in range(TIMES)]
        own = (processor_seconds() - before) / TIMES
        listed = ", ".join(f"{second:.2f}" for second in seconds)
        print(
            f"{name}: {statistics.median(seconds):.2f} s (of {listed}), {own:.2f} s of processors, "
            f"load of the machine {os.getloadavg()[0]:.1f}"
        )


def processor_seconds() -> float:
    """Return what ended children have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def first_answer(environment: dict[str, str]) -> float:
    """Return the seconds from the start of the server to its first page."""
    port = free_port()
    command = ["-m", "gunicorn", "--config=microblog/gunicorn.conf.py", f"--bind={HOST}:{port}", "microblog.wsgi"]
    with TemporaryDirectory() as folder:
        server = Process("web", [PYTHON, *command], Path(folder), port, cwd=ROOT, env=environment)
        server.start()
        try:
            return wait_until(lambda: Member("", port).get("/about").status == 200, PATIENCE, pause=0.02)
        finally:
            server.stop()


def doctor(environment: dict[str, str]) -> float:
    """Return the seconds that it took."""
    start = time.monotonic()
    command = [PYTHON, "manage.py", "doctor", "--json"]
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
