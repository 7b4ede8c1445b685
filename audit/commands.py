"""The base of commands that change something: the audit log keeps their runs."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audit.services import record

# Options of every command of Django's, which say nothing about what is done.
_COMMON = {
    "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks",
}  # fmt: skip


def add_actor(parser: ArgumentParser) -> None:
    """Let whoever calls a command say who they are."""
    parser.add_argument("--actor", default="", help="who does this; by default the user of this computer")


def command_actor(name: str = "") -> str:
    """Return the words for who acts by a command: a name that was given, or the user of this computer."""
    return f"command by {name or getpass.getuser()}"


class AuditedCommand(BaseCommand):
    """A command whose runs stand in the audit log with their options, but for those that only say what would be."""

    def changes(self, options: dict[str, Any]) -> bool:
        """Tell whether a run with these options changes anything."""
        return not options.get("dry_run")

    def execute(self, *args: Any, **options: Any) -> Any:
        output = super().execute(*args, **options)
        if self.changes(options):
            name = type(self).__module__.rpartition(".")[2]
            given = {key: str(value) for key, value in options.items() if key not in _COMMON and value is not None}
            record(f"command.{name}", actor=command_actor(), after=given)
        return output
