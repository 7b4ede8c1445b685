"""The scheduler of django-rq."""

from typing import Any

from django_rq.management.commands import rqcron

from jobs.rq_worker import CronScheduler


class Command(rqcron.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        scheduler = CronScheduler(logging_level=options["logging_level"])
        scheduler.load_config_from_file(options["config_path"])
        scheduler.start()  # type: ignore[no-untyped-call] # RQ has no types here
