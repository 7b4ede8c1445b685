"""What an import did, or would do, with each kind of row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What happened to the rows of one kind, or of one batch of them."""

    imported: int = 0
    # Rows that an earlier run brought.
    known: int = 0
    # Imported rows that could not come as they are, and rows that could not come, by reason.
    changed: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    # Imported rows with at least one change.
    changed_rows: int = 0
    lines: list[str] = field(default_factory=list)

    def change(self, key: object, *changes: tuple[str, str]) -> None:
        """Note the changes of one row, each as (reason, details)."""
        self.changed_rows += bool(changes)
        for reason, details in changes:
            self.changed[reason] += 1
            self.lines.append(f"{key}: {reason}{details and ': '}{details}")

    def leave_out(self, key: object, reason: str) -> None:
        """Note a row that is not imported."""
        self.left_out[reason] += 1
        self.lines.append(f"{key}: left out: {reason}")

    def add(self, other: Outcome) -> None:
        """Add what happened to a batch; its lines were printed."""
        self.imported += other.imported
        self.known += other.known
        self.changed_rows += other.changed_rows
        self.changed += other.changed
        self.left_out += other.left_out


@dataclass
class Report:
    """The outcome of each kind of row, by its name."""

    # Called with each line about one row.
    note: Callable[[str], object]
    totals: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def begin(self, kind: str, total: int) -> Outcome:
        """Add a kind with so many rows in the source."""
        self.totals[kind] = total
        return self.outcomes.setdefault(kind, Outcome())

    def add(self, kind: str, batch: Outcome) -> None:
        """Add a batch whose rows were written."""
        self.outcomes[kind].add(batch)
        for line in batch.lines:
            self.note(f"{kind} {line}")

    @property
    def imported(self) -> int:
        """Return the number of rows that this run brought."""
        return sum(outcome.imported for outcome in self.outcomes.values())

    def as_dict(self) -> dict[str, dict[str, object]]:
        """Return the table; in each row imported, known and left_out are all of source."""
        return {
            kind: {
                "source": self.totals[kind],
                "imported": outcome.imported,
                "known": outcome.known,
                "changed": outcome.changed_rows,
                "left_out": outcome.left_out.total(),
                "why_changed": dict(+outcome.changed),
                "why_left_out": dict(+outcome.left_out),
            }
            for kind, outcome in self.outcomes.items()
        }
