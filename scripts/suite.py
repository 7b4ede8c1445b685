"""
Run the tests on SQLite and on each configured service, and list what was skipped.

The arguments go to pytest. With `REQUIRE_SERVICES` set, skipping anything is a failure.
"""

import os
import re
import subprocess
import sys

from .environment import PYTHON, ROOT
from .local_services import find_missing

# One worker per processor core; the slowest tests are printed.
OPTIONS = ("--numprocesses=auto", "--durations=10")


def main() -> None:
    """Run the suite once for each database."""
    runs = {"SQLite": ""}
    left_out = [f"{name} ({reason})" for name, reason in find_missing().items()]
    if database_url := os.environ.get("TEST_DATABASE_URL"):
        runs["PostgreSQL"] = database_url
    if left_out and os.environ.get("REQUIRE_SERVICES"):
        sys.exit(f"Left out: {', '.join(left_out)}. REQUIRE_SERVICES is set, so that is a failure.")

    failed = []
    for name, url in runs.items():
        print(f"\nTests on {name}", flush=True)
        if subprocess.call([PYTHON, "-m", "pytest", *OPTIONS, *sys.argv[1:]], cwd=ROOT, env=environment(url)):
            failed.append(name)
    print(f"Left out: {', '.join(left_out)}." if left_out else "Nothing was left out.")
    if failed:
        sys.exit(f"Tests failed on {' and '.join(failed)}.")


def variables() -> list[str]:
    """List the variables that the site reads."""
    return re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)


def environment(database_url: str) -> dict[str, str]:
    """Return the environment of the test configuration, without the caller's variables and `.env`."""
    return os.environ | dict.fromkeys(variables(), "") | {"CONFIGURATION": "testing", "DATABASE_URL": database_url}


if __name__ == "__main__":
    main()
