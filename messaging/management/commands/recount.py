"""Recount the counters of users."""

from argparse import ArgumentParser
from typing import Any

from accounts.models import User
from audit.commands import AuditedCommand
from messaging.notifications.badges import recount_unread
from relationships.services import recount

BATCH = 500


class Command(AuditedCommand):
    help = (
        "Count posts, followers, followees, unread messages and unread notifications of every user, and correct the "
        "counters that differ, in batches. Changes nothing else; may run while the site runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only show which counters are wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong, last, dry_run = 0, 0, options["dry_run"]
        while ids := list(User.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
            found = recount(ids, dry_run=dry_run) + recount_unread(ids, dry_run=dry_run)
            for username, counter, stored, counted in found:
                wrong += 1
                self.stdout.write(f"{username}: {counter} is {stored}, counted {counted}")
            last = ids[-1]
        end = "would be corrected" if options["dry_run"] else "corrected"
        self.stdout.write(f"{wrong} counters {end}." if wrong else "All counters are correct.")
