"""
Make the virtual environment in `.venv` and install requirements files that changed since the last time.

Use only the standard library here.
"""

import hashlib
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NETWORK_ERRORS = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|ProtocolError|timed out|name resolution"
    r"|Network is unreachable|Max retries exceeded|[Cc]onnection (broken|refused|reset)"
)


def install(*names: str) -> None:
    """Install the requirements files; exit with a message if that fails."""
    if not _is_usable():
        print("Making the virtual environment in .venv …", file=sys.stderr)
        venv.create(VENV, clear=True, symlinks=True, with_pip=True)
    changed = [name for name in names if _stamp(name).read_text() != _digest(name)]
    if not changed:
        return
    print(f"Installing the packages of {' and '.join(changed)} …", file=sys.stderr)
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-input", "--retries=2", "--quiet"]
    command += [f"--requirement={name}" for name in names]
    log = VENV / "pip.log"
    with log.open("wb") as output:
        failed = subprocess.call(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    if failed:
        text = log.read_text(errors="replace")
        if NETWORK_ERRORS.search(text):
            sys.exit("The packages could not be fetched: there is no network, or the package index does not answer.")
        errors = [line for line in text.splitlines() if line.startswith("ERROR")] or ["pip failed"]
        sys.exit(f"The packages could not be installed: {errors[0]} ({log.relative_to(ROOT)} has the details.)")
    for name in changed:
        _stamp(name).write_text(_digest(name))


def _is_usable() -> bool:
    """Return whether `.venv` is complete and has the running Python version."""
    probe = "import sys, pip; print(sys.version_info[:2])"
    try:
        done = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return done.stdout.strip() == str(sys.version_info[:2])


def _stamp(name: str) -> Path:
    stamp = VENV / f"{name}.sha256"
    stamp.touch()
    return stamp


def _digest(name: str) -> str:
    return hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


if __name__ == "__main__":
    install(*sys.argv[1:])
