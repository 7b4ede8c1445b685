"""Delete expired rows now."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from jobs.schedule import get_schedule
from jobs.tasks import BaseTask
from microblog.core.output import Progress, add_json, print_json

CHANGES = re.compile(r'(?:DELETE FROM|UPDATE) "(\w+)"')


class Command(BaseCommand):
    help = (
        "Delete expired rows: sessions, tokens, logs, notifications, accounts that were never confirmed. Recurring "
        "tasks do the same every hour or day; this command does it now. "
        "Exit codes: 0 done, 1 a task failed, 2 wrong use of the command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count the rows that would change")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        tasks = [entry.task for entry in get_schedule() if entry.expires]
        progress = Progress("Expired")
        report: dict[str, Counter[str]] = {}
        failed: dict[str, str] = {}
        for number, task in enumerate(tasks, 1):
            try:
                report[task.name] = count_changes(task, dry_run=options["dry_run"])
            except Exception as error:  # noqa: BLE001 - the other tasks run all the same
                failed[task.name] = repr(error)
            progress(number, len(tasks))
        if options["json"]:
            print_json(self.stdout, {"dry_run": options["dry_run"], "rows": report, "failed": failed})
        else:
            self.print_report(report, failed, "would change" if options["dry_run"] else "changed")
        if failed:
            raise SystemExit(1)

    def print_report(self, report: dict[str, Counter[str]], failed: dict[str, str], verb: str) -> None:
        for task, tables in report.items():
            rows = ", ".join(f"{count} in {table}" for table, count in tables.items()) or "none"
            self.stdout.write(f"{task}: rows that {verb}: {rows}")
        for task, error in failed.items():
            self.stderr.write(f"{task}: {error}")


def count_changes(task: BaseTask, *, dry_run: bool) -> Counter[str]:
    """Run a task and return the number of changed rows by table; a dry run is rolled back."""
    with count_changed_rows() as rows:
        if dry_run:
            with transaction.atomic():
                task.run([()])
                transaction.set_rollback(True)
        else:
            task.run([()])
    return +rows


@contextmanager
def count_changed_rows() -> Iterator[Counter[str]]:
    """Count deleted and updated rows by table."""
    rows: Counter[str] = Counter()

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        if match := CHANGES.match(sql):
            rows[match[1]] += context["cursor"].rowcount
        return result

    with connection.execute_wrapper(count):
        yield rows
