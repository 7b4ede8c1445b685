"""Do what is due, once: for hosts that offer cron and no long-running processes."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.worker import run_due_everywhere


class Command(BaseCommand):
    help = (
        "Enqueue the recurring work that is due and carry out every waiting job, then end. "
        "Call it from cron, every minute for example; two at once do no harm."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{run_due_everywhere()} jobs done.")
