"""Recount the counters of users and posts."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from accounts.models import User
from audit.commands import AuditedCommand
from messaging.notifications.badges import recount_unread
from posts.counters import recount_posts
from posts.models import Post
from relationships.services import recount

BATCH = 500
# What is recounted, and how.
RECOUNTS: list[tuple[Any, list[Callable[..., list[tuple[str, str, int, int]]]]]] = [
    (User, [recount, recount_unread]),
    (Post, [recount_posts]),
]


class Command(AuditedCommand):
    help = (
        "Count posts, followers, followees, unread messages and unread notifications of every user, likes, reposts "
        "and replies of every post, and correct the counters that differ, in batches. Changes nothing else; may run "
        "while the site runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only show which counters are wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong, dry_run = 0, options["dry_run"]
        for model, recounts in RECOUNTS:
            last = 0
            while ids := list(
                model._base_manager.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
            ):
                for count in recounts:
                    for name, counter, stored, counted in count(ids, dry_run=dry_run):
                        wrong += 1
                        self.stdout.write(f"{name}: {counter} is {stored}, counted {counted}")
                last = ids[-1]
        end = "would be corrected" if dry_run else "corrected"
        self.stdout.write(f"{wrong} counters {end}." if wrong else "All counters are correct.")
