"""Programs as an operator runs them."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.conf import settings

from scripts.suite import environment

# Only reached in a failure.
LIMIT_SECONDS = 300


def check(*command: str | Path, text: str | None = None) -> str:
    """Run a command in the project's folder and return its output; raise if it fails."""
    done = subprocess.run(command, cwd=settings.BASE_DIR, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Program(AbstractContextManager["Program"]):
    """A program whose output is read line by line; it and its children stop at the end of the block."""

    def __init__(self, *command: str | Path, env: dict[str, str]) -> None:
        self.output: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.watchdog = threading.Timer(LIMIT_SECONDS, self.kill)
        self.watchdog.start()

    def wait_for(self, *texts: str) -> str:
        """Read output until each of the texts was in a line, and return the last of these lines."""
        missing = set(texts)
        assert self.process.stdout
        for line in self.process.stdout:
            self.output.append(line)
            missing -= {text for text in missing if text in line}
            if not missing:
                return line
        pytest.fail(f"The program ended without {missing}:\n{''.join(self.output)}")

    def terminate(self) -> int:
        """Stop it as an operator would, and return its exit status."""
        self.process.terminate()
        assert self.process.stdout
        self.output += self.process.stdout.readlines()
        return self.process.wait()

    def kill(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def __exit__(self, *exception: object) -> None:
        self.watchdog.cancel()
        self.kill()
        self.process.communicate()


def site_environment(database_url: str, **changes: str | int) -> dict[str, str]:
    """Return the environment of a developer's site, with the Python of these tests first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    site = environment(database_url) | {"PATH": path, "PYTHONUNBUFFERED": "1", "SECRET_KEY": "x9" * 25}
    site["CONFIGURATION"] = "development"
    return site | {name: str(value) for name, value in changes.items()}
