"""Detect the languages of posts again after a change of the detector."""

from argparse import ArgumentParser
from typing import Any

from audit.commands import AuditedCommand
from posts.languages import DETECTOR_VERSION, SET_BY_HAND
from posts.models import Post
from posts.services import detect_languages

BATCH = 500


class Command(AuditedCommand):
    help = (
        "Detect the languages of posts that the current detector has not seen, in batches. Languages that people "
        "set stay unchanged. May be stopped and started again at any time, while the site runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="detect every language that no person set")
        parser.add_argument("--dry-run", action="store_true", help="only show how many posts would change")

    def handle(self, *args: Any, **options: Any) -> None:
        newest = SET_BY_HAND if options["all"] else DETECTOR_VERSION
        posts = Post.objects.filter(detector_version__lt=newest).order_by("pk")
        seen = changed = last = 0
        while batch := list(posts.filter(pk__gt=last).only("body", "language", "detector_version")[:BATCH]):
            changed += detect_languages(batch, dry_run=options["dry_run"])
            last = batch[-1].pk
            seen += len(batch)
        end = "would change" if options["dry_run"] else "changed"
        self.stdout.write(f"{seen} posts checked, {changed} languages {end}.")
