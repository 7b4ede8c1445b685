"""Output of commands: JSON and progress."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import OutputWrapper


def add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def print_json(stdout: OutputWrapper, content: dict[str, Any]) -> None:
    stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=str))


class Progress:
    """A progress line on a terminal; nothing elsewhere."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.is_shown = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        if self.is_shown:
            end = "\n" if done >= total else ""
            sys.stderr.write(f"\r{self.what}: {done} of {total}{end}")
            sys.stderr.flush()
