"""A copy of the whole site in one file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from audit.commands import add_actor, command_actor
from audit.services import record
from microblog.core.output import Progress, add_json, print_json
from operations import backups

NAME = "microblog-%Y%m%dT%H%M%SZ.tar"


class Command(BaseCommand):
    help = (
        "Back up the site to one new file in FOLDER while it runs: a consistent copy of the database, and the stored "
        "files. Sessions and SECRET_KEY are not in it; keep the key separately, since second factors do not work "
        "without it. Writes one entry to the audit log. `manage.py restore` restores a backup. "
        "Exit codes: 0 done, 1 failed and no file is left, 2 wrong use of the command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument("--keep", type=int, metavar="N", help="then delete all but the newest N backups in FOLDER")
        parser.add_argument("--dry-run", action="store_true", help="only show what would be backed up")
        add_actor(parser)
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        if options["keep"] is not None and options["keep"] < 1:
            raise CommandError("--keep must be at least 1.")
        path = folder / timezone.now().strftime(NAME)
        if options["dry_run"]:
            sizes = [file.stat().st_size for _name, file in backups.stored_files()]
            report = {"dry_run": True, "path": path, "files": len(sizes), "bytes": sum(sizes)}
            text = f"{path} would hold the {connection.vendor} database and {len(sizes)} files of {sum(sizes)} bytes."
        else:
            try:
                manifest = backups.create(path, Progress("Copied"))
            except (backups.BackupError, OSError) as error:
                raise CommandError(str(error)) from error
            record("site.backup", actor=command_actor(options["actor"]), after={"file": path.name})
            deleted = self.delete_old(folder, options["keep"])
            size = path.stat().st_size
            report = {"dry_run": False, "path": path, "files": len(manifest.files), "bytes": size, "deleted": deleted}
            text = f"{path}: {len(manifest.files)} files, {size} bytes."
        if options["json"]:
            print_json(self.stdout, report)
        else:
            self.stdout.write(text)

    def delete_old(self, folder: Path, keep: int | None) -> list[str]:
        old = sorted(folder.glob("microblog-*T*Z.tar"))[: -keep if keep else 0]
        for path in old:
            path.unlink()
        return [path.name for path in old]
