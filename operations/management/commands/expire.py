"""What is past its time, removed at once."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from jobs.schedule import recurring
from jobs.tasks import BaseTask
from operations.output import Progress, add_json, print_json

CHANGES = re.compile(r'(?:DELETE FROM|UPDATE) "(\w+)"')


class Command(BaseCommand):
    help = (
        "Remove what is past its time: sessions, tokens, logs, notifications, accounts that were never confirmed. The "
        "same happens by itself, hour by hour or day by day; this does it at once. "
        "Exit codes: 0 done, 1 something could not be removed, 2 wrong use of the command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count the rows that would change")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        tasks = [entry.task for entry in recurring() if entry.expires]
        progress = Progress("Expired")
        report: dict[str, Counter[str]] = {}
        failed: dict[str, str] = {}
        for number, task in enumerate(tasks, 1):
            try:
                report[task.name] = changes_of(task, is_rehearsal=options["dry_run"])
            except Exception as error:  # noqa: BLE001 - one that fails keeps none of the others from its work
                failed[task.name] = repr(error)
            progress(number, len(tasks))
        if options["json"]:
            print_json(self.stdout, {"dry_run": options["dry_run"], "rows": report, "failed": failed})
        else:
            self.tell(report, failed, "would change" if options["dry_run"] else "changed")
        if failed:
            raise SystemExit(1)

    def tell(self, report: dict[str, Counter[str]], failed: dict[str, str], verb: str) -> None:
        for task, tables in report.items():
            rows = ", ".join(f"{count} in {table}" for table, count in tables.items()) or "none"
            self.stdout.write(f"{task}: rows that {verb}: {rows}")
        for task, error in failed.items():
            self.stderr.write(f"{task}: {error}")


def changes_of(task: BaseTask, *, is_rehearsal: bool) -> Counter[str]:
    """Call a task and return how many rows of which table it changed; a rehearsal takes them back."""
    with rows_changed() as rows:
        if is_rehearsal:
            with transaction.atomic():
                task.run([()])
                transaction.set_rollback(True)
        else:
            task.run([()])
    return +rows


@contextmanager
def rows_changed() -> Iterator[Counter[str]]:
    """Count the rows that statements delete or update, by table."""
    rows: Counter[str] = Counter()

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        if match := CHANGES.match(sql):
            rows[match[1]] += context["cursor"].rowcount
        return result

    with connection.execute_wrapper(count):
        yield rows
