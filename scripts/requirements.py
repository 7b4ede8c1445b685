"""
Compile `requirements*.in` into `requirements*.txt` with exact versions and hashes.

The first line of each result holds a digest of what it was compiled from; `--check` compares it, offline.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# In this order: each must agree with those before it.
NAMES = ("requirements", "requirements-mysql", "requirements-dev")
OPTIONS = (
    "--allow-unsafe",
    "--generate-hashes",
    "--no-emit-find-links",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--quiet",
    "--no-strip-extras",
)


def main() -> None:
    """Compile, or check with `--check`; arguments such as `--upgrade` go to pip-compile."""
    if sys.argv[1:] == ["--check"]:
        stale = [name for name in NAMES if not _text(name, "txt").startswith(_first_line(name))]
        if stale:
            sys.exit(f"{', '.join(f'{name}.txt' for name in stale)}: not up to date; run `make requirements`.")
        return
    for name in NAMES:
        subprocess.run(
            [sys.executable, "-m", "piptools", "compile", *OPTIONS, *sys.argv[1:], f"{name}.in"],
            cwd=ROOT,
            env=os.environ | {"CUSTOM_COMPILE_COMMAND": "make requirements"},
            check=True,
        )
        target = ROOT / f"{name}.txt"
        target.write_text(_first_line(name) + target.read_text())


def _first_line(name: str) -> str:
    """Return the line that names what the file is compiled from: its own source and that of the files before it."""
    sources = NAMES[: NAMES.index(name) + 1]
    digest = hashlib.sha256("".join(_text(source, "in") for source in sources).encode()).hexdigest()
    return f"# Compiled from {' and '.join(f'{source}.in' for source in sources)}, SHA-256 {digest}\n"


def _text(name: str, suffix: str) -> str:
    return (ROOT / f"{name}.{suffix}").read_text()


if __name__ == "__main__":
    main()
