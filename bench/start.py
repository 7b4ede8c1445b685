"""
How long the site takes to its first answer, and `manage.py doctor` to its last word.

`python -m bench.start` runs both as in production, on the database of DATABASE_URL, three times each. The median
counts; the time of the processors tells how much of it is the site's own where a machine has other things to do.
"""

from __future__ import annotations

import os
import resource
import secrets
import statistics
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

from scripts.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
TIMES = 3
# Seconds after which nobody waits for an answer any more.
PATIENCE = 60


def main() -> None:
    """Measure, and print the figures."""
    environment = os.environ | {
        "DEBUG": "",
        "HTTPS": "0",
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_TO_STDOUT": "1",
        "SECRET_KEY": secrets.token_urlsafe(50),
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environment, check=True)
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
    command = [sys.executable, "-m", "gunicorn", "--config=microblog/gunicorn.conf.py", f"--bind=127.0.0.1:{port}"]
    start = time.monotonic()
    with subprocess.Popen(
        [*command, "microblog.wsgi"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    ) as server:
        try:
            while time.monotonic() - start < PATIENCE:
                try:
                    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
                    connection.request("GET", "/about")
                    if connection.getresponse().status == 200:
                        return time.monotonic() - start
                except OSError:
                    time.sleep(0.02)
            sys.exit("The site does not answer.")
        finally:
            server.terminate()


def doctor(environment: dict[str, str]) -> float:
    """Return the seconds that it took."""
    start = time.monotonic()
    command = [sys.executable, "manage.py", "doctor", "--json"]
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
