"""A static copy of the blog."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from blog.freezing import FreezeError, freeze


class Command(BaseCommand):
    help = (
        "Write the public blog as files that any web server can serve: pages, feeds, sitemap, static files, 404.html. "
        "The folder is replaced in one step, and files that are the same are kept. If a page fails, it is named and "
        "the former copy stays. Exit codes: 0 done, 1 failed, 2 wrong use of the command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, default=Path("build"), metavar="FOLDER", help="default: build")
        parser.add_argument("--base-url", metavar="URL", help="where the copy is reached; default: SITE_URL")
        parser.add_argument("--json", action="store_true", help="write one JSON object, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        base_url = options["base_url"] or settings.SITE_URL
        if not base_url:
            raise CommandError("Name the URL of the copy with --base-url, or set SITE_URL.")
        try:
            result = freeze(options["output"], base_url=base_url)
        except (FreezeError, OSError) as error:
            raise CommandError(f"The copy was not made: {error}") from error
        report = {"folder": str(options["output"]), **vars(result)}
        text = "{folder}: {files} files, {written} written, {removed} removed.".format(**report)
        self.stdout.write(json.dumps(report, indent=2) if options["json"] else text)
