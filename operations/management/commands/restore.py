"""Restore a backup."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from audit.commands import add_actor, command_actor
from audit.services import record
from microblog.core.output import Progress, add_json, print_json
from operations import backups

NEXT = (
    "Next: `manage.py migrate`, which upgrades a backup of an older release; with Elasticsearch "
    "`manage.py search_index`; then restart the web processes and workers. All users sign in again."
)


class Command(BaseCommand):
    help = (
        "Restore a backup of `manage.py backup`: verify it, then replace the contents of the database, all or "
        "nothing, and add its files. Stop the web processes and workers before. Writes one entry to the audit log. "
        "Exit codes: 0 done, 1 refused or failed and the database is unchanged, 2 wrong use of the command."
    )
    # The database may be empty or broken.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", metavar="FILE", type=Path)
        parser.add_argument("--replace", action="store_true", help="also when the database has users already")
        parser.add_argument("--dry-run", action="store_true", help="only verify the backup and show what would happen")
        add_actor(parser)
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        try:
            manifest = backups.verify(path, Progress("Checked"))
            backups.check_restorable(manifest)
            if backups.has_users() and not options["replace"]:
                raise CommandError("The database has users already. With --replace they are lost.")
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
            self.stdout.write(f"The backup of {manifest.created_at} with {len(manifest.files)} files {done}. {NEXT}")

    def note(self, path: Path, options: dict[str, Any]) -> None:
        """Write the audit entry, unless the backup's tables are of an older release."""
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            record("site.restore", actor=command_actor(options["actor"]), after={"file": path.name})
