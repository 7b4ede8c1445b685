"""A copy of the whole site, brought back."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from audit.commands import add_actor, command_actor
from audit.services import record
from operations import backups
from operations.output import Progress, add_json, print_json

NEXT = (
    "Next: `manage.py migrate`, which brings a copy of an older release up to date; with Elasticsearch "
    "`manage.py search_index`; then restart the web processes and workers. Everybody signs in again."
)


class Command(BaseCommand):
    help = (
        "Bring back a copy that `manage.py backup` made: check all of it, then replace everything in the database by "
        "what is in the copy, all or nothing, and add its files. Stop the web processes and workers before. Writes "
        "one entry to the audit log. "
        "Exit codes: 0 done, 1 refused or failed and the database is as it was, 2 wrong use of the command."
    )
    # The database may be empty or broken.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="FILE", type=Path)
        parser.add_argument("--replace", action="store_true", help="also when the database holds people already")
        parser.add_argument("--dry-run", action="store_true", help="only check the copy and say what would happen")
        add_actor(parser)
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        try:
            manifest = backups.verify(path, Progress("Checked"))
            backups.refuse_unfit(manifest)
            if backups.holds_people() and not options["replace"]:
                raise CommandError("The database holds people already. With --replace they are lost.")
            if not options["dry_run"]:
                backups.restore(path, manifest, Progress("Restored"))
                self.note(path, options)
        except (backups.BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        done = "would be restored" if options["dry_run"] else "is restored"
        if options["json"]:
            report = {"dry_run": options["dry_run"], "path": path, "created_at": manifest.created_at}
            print_json(self.stdout, report | {"files": len(manifest.files)})
        else:
            self.stdout.write(f"The copy of {manifest.created_at} with {len(manifest.files)} files {done}. {NEXT}")

    def note(self, path: Path, options: dict[str, Any]) -> None:
        """Write it into the log that came with the copy, where that has today's shape."""
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            record("site.restore", actor=command_actor(options["actor"]), after={"file": path.name})
