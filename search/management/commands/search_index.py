import time
from typing import Any

from django.core.management.base import CommandError, CommandParser

from audit.commands import AuditedCommand
from search.documents import DOCUMENTS
from search.engines.base import SearchUnavailable
from search.engines.elasticsearch import RebuildTakenOver
from search.repair import engines, rebuild


class Command(AuditedCommand):
    help = (
        "Rebuild the search indexes from all rows while the site runs. In Elasticsearch a new index replaces the "
        "former one at the end; entries in the database are rewritten in place. Exit codes: 0 rebuilt; 1 another "
        "search_index began in the meantime; 2 the engine is unavailable, and its former index stays."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kinds", nargs="*", metavar="kind", help=f"of {', '.join(DOCUMENTS)}; all by default")
        parser.add_argument(
            "--engine",
            choices=["database", "elasticsearch"],
            help="the engine to rebuild; Elasticsearch where it is configured, else the database",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["engine"] or list(engines())[-1]
        if name not in engines():
            raise CommandError("ELASTICSEARCH_URL is not set.", returncode=2)
        if unknown := set(options["kinds"]) - DOCUMENTS.keys():
            raise CommandError(f"There is no index of {', '.join(sorted(unknown))}.", returncode=2)
        for kind in options["kinds"] or DOCUMENTS:
            start = time.monotonic()
            try:
                count = rebuild(kind, name, progress=self._progress(kind, options["verbosity"]))
            except SearchUnavailable as error:
                raise CommandError(f"The search engine is unavailable: {error}", returncode=2) from error
            except RebuildTakenOver as error:
                raise CommandError(f"Another search_index of {kind} began in the meantime.", returncode=1) from error
            seconds = time.monotonic() - start
            rate = count / seconds if seconds else 0
            self.stdout.write(f"{name}: {count} {kind} in {seconds:.0f} s ({rate:.0f} per second)")

    def _progress(self, kind: str, verbosity: int) -> Any:
        def progress(count: int) -> None:
            if verbosity > 1 or (verbosity and count % 100_000 == 0):
                self.stdout.write(f"{count} {kind} …")

        return progress
