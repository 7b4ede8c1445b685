"""Import the database of a Flask Microblog."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.commands import add_actor, command_actor
from imports import services
from imports.models import Import
from imports.reports import Report
from imports.runs import ImportFailed
from imports.sources import Source, SourceError, opened
from microblog.core.output import Progress, add_json, print_json

# SQLite allows 32,766 values in a statement, and a query compares up to five of a row.
LARGEST_BATCH = 5_000
IDS_FILE = Path("imported-ids.csv")


def batch_size(text: str) -> int:
    size = int(text)
    if not 1 <= size <= LARGEST_BATCH:
        raise ArgumentTypeError(f"{text} is not between 1 and {LARGEST_BATCH}")
    return size


class Command(BaseCommand):
    help = (
        "Import a Flask Microblog: users with their passwords, posts, follows and messages. URL is its DATABASE_URL; "
        "its database is read in one snapshot and never written. Repeating it imports only what is new since, and an "
        "import that was interrupted goes on. Into an empty site users and posts keep their ids. Prints each row that "
        "cannot come as it is. Writes to the audit log. "
        "Exit codes: 0 done, 1 the source cannot be read or a row cannot be written, 2 wrong use of the command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "url", metavar="URL", help="sqlite:///FILE, postgresql://… or mysql+pymysql://… (the last needs PyMySQL)"
        )
        parser.add_argument("--dry-run", action="store_true", help="write nothing, and print what would happen")
        parser.add_argument("--mail", action="store_true", help="notify users of their new username by mail")
        parser.add_argument(
            "--batch", type=batch_size, default=2_000, metavar="N", help="rows in a transaction (%(default)s)"
        )
        parser.add_argument(
            "--map",
            type=Path,
            default=IDS_FILE,
            metavar="FILE",
            help="where the ids of users and posts that have another one here are written (%(default)s)",
        )
        add_actor(parser)
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self.lines: list[str] = []
        try:
            with opened(options["url"]) as source:
                report = Report(self.lines.append if options["json"] else self.stdout.write)
                state = services.import_microblog(
                    source,
                    report=report,
                    actor=command_actor(options["actor"]),
                    batch=options["batch"],
                    dry_run=options["dry_run"],
                    progress=Progress,
                )
                self.finish(source, state, report, options)
        except SourceError as error:
            raise CommandError(str(error)) from error
        except ImportFailed as error:
            raise CommandError(
                f"{error}\nEarlier rows are imported and the site can be used. Correct the row in the source, or "
                "report the error; then start the command again: it goes on there."
            ) from error

    def finish(self, source: Source, state: Import, report: Report, options: dict[str, Any]) -> None:
        """Write the file of ids, enqueue mails, and print the table."""
        table, unknown = report.as_dict(), services.find_unknown(source)
        mapped = mailed = 0
        if not options["dry_run"]:
            mapped = services.write_ids(state, options["map"])
            mailed = services.notify_renamed(state) if options["mail"] else 0
        if options["json"]:
            facts = {"dry_run": options["dry_run"], "keeps_ids": state.keeps_ids, "rows": table, "notes": self.lines}
            ids = str(options["map"]) if mapped else None
            print_json(self.stdout, facts | {"not_imported": unknown, "ids_file": ids, "mailed": mailed})
            return
        self.print_table(table)
        if unknown:
            self.stdout.write(f"Not of Flask Microblog, and not imported: {', '.join(unknown)}.")
        if mapped:
            self.stdout.write(f"{mapped} users and posts have another id here: {options['map']}")
        if options["mail"]:
            self.stdout.write(f"{mailed} users are notified of their new username.")
        if options["dry_run"]:
            self.stdout.write("Nothing was written.")

    def print_table(self, table: dict[str, dict[str, Any]]) -> None:
        columns = ["source", "imported", "known", "changed", "left_out"]
        self.stdout.write("".join(f"{title:>14}" for title in ["", *columns]).replace("_", " "))
        for kind, row in table.items():
            self.stdout.write(f"{kind:>14}" + "".join(f"{row[column]:>14}" for column in columns))
            for what in ("changed", "left_out"):
                for reason, count in row[f"why_{what}"].items():
                    self.stdout.write(f"{'':>16}{what.replace('_', ' ')}: {count} {reason}")
