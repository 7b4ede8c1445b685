"""One run of an import: its batches, each a transaction of rows and of how far they are imported."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from datetime import datetime
from typing import Any, ClassVar

from django.core.management.color import no_style
from django.db import connection, models, reset_queries, transaction

from audit.services import record
from imports.batches import batched
from imports.models import Import, ImportedUser
from imports.reports import Outcome, Report
from imports.sources import Source
from microblog.core.text import normalize_text

ANOTHER_RUNS = "Another import of this source is running. Wait for its end."
Row = tuple[Any, ...]
Rows = Generator[Row, None, None]


class ImportFailed(Exception):
    """A batch could not be written; earlier ones are, and the next run continues there."""


class Run:
    """What the importers of all kinds share. A dry run reads only, and gives new rows negative ids."""

    def __init__(
        self, source: Source, state: Import, report: Report, *, actor: str, batch: int, dry_run: bool
    ) -> None:
        self.source, self.state, self.report = source, state, report
        self.actor, self.batch, self.dry_run = actor, batch, dry_run
        # The account of each user of the source: its id here, and since when it exists.
        self.accounts: dict[int, tuple[int, datetime]] = {}
        if state.pk:
            known = ImportedUser.objects.filter(source=state)
            rows = known.values_list("original_id", "user", "user__created_at")
            self.accounts = {pk: (user, since) for pk, user, since in rows.iterator()}

    def import_kind(self, importer: Importer, progress: Callable[[int, int], object]) -> None:
        """Import all rows of a kind that are new. Raise ImportFailed or SourceError."""
        total = self.source.count(importer.table)
        outcome = self.report.begin(importer.kind, total)
        outcome.known = done = importer.count_known()
        for rows in importer.stages():
            with closing(rows):
                for batch in batched(rows, self.batch):
                    self._import_batch(importer, batch)
                    done += len(batch)
                    progress(done, total)
                    reset_queries()  # which keep every statement where DEBUG is on

    def save_mark(self, kind: str, mark: Any) -> None:
        """Store how far a kind is imported, in the transaction of the caller. Raise ImportFailed."""
        marks = {**self.state.marks, kind: mark}
        if not self.dry_run:
            if not self.state.batches:
                record("site.import", actor=self.actor, target=self.state, after={"keeps_ids": self.state.keeps_ids})
            known = Import.objects.filter(pk=self.state.pk, batches=self.state.batches)
            if not known.update(
                marks=marks,
                batches=self.state.batches + 1,
                finished_at=None,
                first_post=self.state.first_post,
            ):
                raise ImportFailed(ANOTHER_RUNS)
        self.state.marks, self.state.finished_at = marks, None
        self.state.batches += 1

    def _import_batch(self, importer: Importer, rows: Sequence[Row]) -> None:
        outcome = Outcome()
        before = self.state.marks, self.state.batches
        try:
            with transaction.atomic():
                self._lock()
                importer.write(rows, outcome)
                mark = importer.mark_after(rows, outcome)
                if mark is not None:
                    self.save_mark(importer.kind, mark)
        except ImportFailed:
            raise
        except Exception as error:
            self.state.marks, self.state.batches = before
            reason = str(error).strip() or type(error).__name__
            raise ImportFailed(f"{importer.kind} {self._find_culprit(importer, rows)}: {reason}") from error
        self.report.add(importer.kind, outcome)

    def _lock(self) -> None:
        """Wait until the transaction of another import of the source ends, which then stops this one."""
        known = Import.objects.select_for_update().filter(pk=self.state.pk, batches=self.state.batches)
        if not self.dry_run and not list(known.values_list("pk")):
            raise ImportFailed(ANOTHER_RUNS)

    def _find_culprit(self, importer: Importer, rows: Sequence[Row]) -> str:
        """Return the key of the first row that cannot be written, found by halves, or else those of all."""
        good, bad = 0, len(rows)
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self._is_writable(importer, rows[:middle]) else (good, middle)
        if self._is_writable(importer, rows[:bad]):
            return f"{importer.key_of(rows[0])} to {importer.key_of(rows[-1])}"
        return importer.key_of(rows[bad - 1])

    def _is_writable(self, importer: Importer, rows: Sequence[Row]) -> bool:
        with suppress(Exception), transaction.atomic():
            importer.write(rows, Outcome())
            transaction.set_rollback(True)
            return True
        return False


class Importer:
    """Imports the rows of one kind."""

    kind: ClassVar[str]
    table: ClassVar[str]

    def __init__(self, run: Run) -> None:
        self.run, self.source = run, run.source

    @property
    def mark(self) -> Any:
        """Return how far this kind is imported, None at first."""
        return self.run.state.marks.get(self.kind)

    def count_known(self) -> int:
        """Return how many rows earlier runs went through."""
        return 0 if self.mark is None else self.source.count(self.table, f"id <= {int(self.mark)}")

    @property
    def is_new(self) -> str:
        """Return the SQL condition of rows with ids above those of earlier runs."""
        return "1 = 1" if self.mark is None else f"id > {int(self.mark)}"

    def stages(self) -> Iterator[Rows]:
        """Yield iterators of rows, each of which begins when the one before is written."""
        raise NotImplementedError

    def write(self, rows: Sequence[Row], outcome: Outcome) -> None:
        """Write a batch, in a transaction, and note what happened to each row; a dry run only notes it."""
        raise NotImplementedError

    def mark_after(self, rows: Sequence[Row], outcome: Outcome) -> Any:  # noqa: ARG002 - follows need it
        """Return the mark once these rows are written; None leaves it as it is."""
        return rows[-1][0]

    def key_of(self, row: Row) -> str:
        """Return what names a row in messages: its id."""
        return str(row[0])

    def ids_to_keep(self, model: type[models.Model], rows: Sequence[Row]) -> set[int]:
        """Return the ids of rows that they can have here too."""
        if not self.run.state.keeps_ids:
            return set()
        ids = {row[0] for row in rows if row[0] > 0}
        return ids - set(model._base_manager.filter(pk__in=ids).values_list("pk", flat=True))


def clean(text: Any) -> str:
    """Return a text in the form in which this site stores texts."""
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    return normalize_text(str(text or "").replace("\0", ""))


def skip_ids(model: type[models.Model]) -> None:
    """Let the database give ids above all that were written with their own."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)
