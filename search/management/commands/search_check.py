import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from audit.commands import AuditedCommand
from jobs.models import Job
from search.documents import DOCUMENTS
from search.engines.base import EngineAway
from search.repair import Report, check, engines
from search.tasks import write_documents

# Ids that are named of each kind of difference; the rest is counted.
NAMED = 10


class Command(AuditedCommand):
    help = (
        "Compare the indexes of search with the rows, in slices, and count what is missing in them, stale (of an "
        "older state) or orphaned (of rows that are gone or not public). Changes that wait in the outbox are "
        "differences too, and said beside. Exit codes: 0 no difference, or all mended; 1 there are differences; "
        "2 the engine does not answer or has no index."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what differs")
        parser.add_argument("--json", action="store_true", help="write one JSON object, for programs")

    def changes(self, options: dict[str, Any]) -> bool:
        return bool(options["repair"])

    def handle(self, *args: Any, **options: Any) -> None:
        reports = [self._check(name, kind, repair=options["repair"]) for name in engines() for kind in DOCUMENTS]
        summary = {
            "indexes": [
                {"engine": report.engine, "kind": report.kind, "compared": report.compared}
                | {name: len(ids) for name, ids in vars(report.differences).items()}
                for report in reports
            ],
            "waiting": Job.objects.filter(task=write_documents.name).count(),
            "differences": sum(len(report.differences.ids) for report in reports),
            "mended": options["repair"],
        }
        if options["json"]:
            self.stdout.write(json.dumps(summary, indent=2))
        else:
            self._tell(reports)
            self.stdout.write(f"{summary['waiting']} changes wait in the outbox.")
            if summary["differences"] and options["repair"]:
                self.stdout.write(f"{summary['differences']} differences were mended.")
        if summary["differences"] and not options["repair"]:
            raise SystemExit(1)

    def _check(self, name: str, kind: str, *, repair: bool) -> Report:
        try:
            return check(kind, name, repair=repair)
        except EngineAway as error:
            message = f"{name} does not answer, or has no index of {kind} (search_index builds it): {error}"
            raise CommandError(message, returncode=2) from error

    def _tell(self, reports: list[Report]) -> None:
        for report in reports:
            by_name = vars(report.differences)
            counts = ", ".join(f"{len(ids)} {name}" for name, ids in by_name.items())
            self.stdout.write(f"{report.engine}, {report.kind}: {report.compared} compared, {counts}")
            for name, ids in by_name.items():
                if ids:
                    more = " …" if len(ids) > NAMED else ""
                    self.stdout.write(f"  {name}: {', '.join(map(str, ids[:NAMED]))}{more}")
