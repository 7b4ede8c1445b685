"""Run all due jobs once, for hosts that offer cron but no long-running processes."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.worker import run_due_everywhere


class Command(BaseCommand):
    help = (
        "Enqueue the recurring tasks that are due, run all waiting jobs, and exit. "
        "Run it from cron, for example every minute; concurrent runs are safe."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{run_due_everywhere()} jobs done.")
