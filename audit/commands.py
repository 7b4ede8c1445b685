"""Base of commands that write their runs to the audit log."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audit.services import record

# Options common to all commands, which are not logged.
_COMMON = {
    "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks",
}  # fmt: skip


def add_actor(parser: ArgumentParser) -> None:
    parser.add_argument("--actor", default="", help="name for the audit log; by default the operating system's user")


def command_actor(name: str = "") -> str:
    """Return the actor of a command for the audit log: the given name, or the operating system's user."""
    return f"command by {name or getpass.getuser()}"


class AuditedCommand(BaseCommand):
    """A command whose runs are logged with their options, except dry runs."""

    def changes(self, options: dict[str, Any]) -> bool:
        """Return whether a run with these options changes anything."""
        return not options.get("dry_run")

    def execute(self, *args: Any, **options: Any) -> Any:
        output = super().execute(*args, **options)
        if self.changes(options):
            name = type(self).__module__.rpartition(".")[2]
            given = {key: str(value) for key, value in options.items() if key not in _COMMON and value is not None}
            record(f"command.{name}", actor=command_actor(), after=given)
        return output
