"""Render the stored HTML of posts again after a change of the renderer."""

from argparse import ArgumentParser
from typing import Any

from audit.commands import AuditedCommand
from posts.models import Post
from posts.rendering import RENDERER_VERSION
from posts.services import render_posts

BATCH = 500


class Command(AuditedCommand):
    help = (
        "Render the posts again whose stored HTML an older renderer wrote, in batches. "
        "May be stopped and started again at any time, while the site runs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="render every post, not only older ones")
        parser.add_argument("--dry-run", action="store_true", help="only show how many posts would be rendered")

    def handle(self, *args: Any, **options: Any) -> None:
        posts = Post.objects.order_by("pk")
        if not options["all"]:
            posts = posts.filter(renderer_version__lt=RENDERER_VERSION)
        if options["dry_run"]:
            self.stdout.write(f"{posts.count()} posts would be rendered.")
            return
        rendered = last = 0
        while batch := list(posts.filter(pk__gt=last)[:BATCH]):
            render_posts(batch)
            last = batch[-1].pk
            rendered += len(batch)
        self.stdout.write(f"{rendered} posts rendered.")
