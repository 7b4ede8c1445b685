import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from audit.commands import AuditedCommand
from jobs.models import Job
from search.documents import DOCUMENTS
from search.engines.base import SearchUnavailable
from search.repair import Comparison, check, engines
from search.tasks import write_documents

# Ids shown of each kind of difference.
NAMED = 10


class Command(AuditedCommand):
    help = (
        "Compare the search indexes with the rows, in slices, and count documents that are missing, stale (of an "
        "older state) or orphaned (of rows that are gone or not public). Changes that wait in the outbox count as "
        "differences; their number is shown too. Exit codes: 0 no differences, or all repaired; 1 there are "
        "differences; 2 the engine is unavailable or has no index."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="repair the differences")
        parser.add_argument("--json", action="store_true", help="write one JSON object, for programs")

    def changes(self, options: dict[str, Any]) -> bool:
        return bool(options["repair"])

    def handle(self, *args: Any, **options: Any) -> None:
        comparisons = [self._check(name, kind, repair=options["repair"]) for name in engines() for kind in DOCUMENTS]
        summary = {
            "indexes": [
                {"engine": comparison.engine, "kind": comparison.kind, "compared": comparison.compared}
                | {name: len(ids) for name, ids in vars(comparison.differences).items()}
                for comparison in comparisons
            ],
            "waiting": Job.objects.filter(task=write_documents.name).count(),
            "differences": sum(len(comparison.differences.ids) for comparison in comparisons),
            "repaired": options["repair"],
        }
        if options["json"]:
            self.stdout.write(json.dumps(summary, indent=2))
        else:
            self._print(comparisons)
            self.stdout.write(f"{summary['waiting']} changes wait in the outbox.")
            if summary["differences"] and options["repair"]:
                self.stdout.write(f"{summary['differences']} differences were repaired.")
        if summary["differences"] and not options["repair"]:
            raise SystemExit(1)

    def _check(self, name: str, kind: str, *, repair: bool) -> Comparison:
        try:
            return check(kind, name, repair=repair)
        except SearchUnavailable as error:
            message = f"{name} is unavailable, or has no index of {kind} (search_index builds it): {error}"
            raise CommandError(message, returncode=2) from error

    def _print(self, comparisons: list[Comparison]) -> None:
        for comparison in comparisons:
            by_name = vars(comparison.differences)
            counts = ", ".join(f"{len(ids)} {name}" for name, ids in by_name.items())
            self.stdout.write(f"{comparison.engine}, {comparison.kind}: {comparison.compared} compared, {counts}")
            for name, ids in by_name.items():
                if ids:
                    more = " …" if len(ids) > NAMED else ""
                    self.stdout.write(f"  {name}: {', '.join(map(str, ids[:NAMED]))}{more}")
