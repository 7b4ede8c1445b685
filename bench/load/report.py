"""Print results next to their targets, and store them."""

from __future__ import annotations

import json
import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from bench.load.measure import Result, Viewer, WrongPage, measure
from bench.load.requests import Page

RESULTS = Path(__file__).parents[1] / "results"
LINE = "{:30} {:>6} {:>7} {:>7} {:>8} {:>13} {:>8} {:>7} {:>7} {:>7}  {}"
COLUMNS = (
    *("page", "req/s", "p50 ms", "p99 ms", "of floor", "floor p50/p99"),
    *("queries", "SQL ms", "bytes", "loop ms", "expected"),
)


class Report:
    """The table of one run."""

    def __init__(self, name: str, seed: int) -> None:
        self.facts = {
            "set": name,
            "seed": seed,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "load_before": os.getloadavg()[0],
            **_machine(),
        }
        self.rows: list[dict[str, Any]] = []
        print(", ".join(f"{name}: {value}" for name, value in self.facts.items()), end="\n\n")
        print(LINE.format(*COLUMNS), flush=True)

    def measure(self, page: Page, viewers: list[Viewer], port: int) -> None:
        """Measure a page for its viewers, and print a row, or why it could not be measured."""
        try:
            self._add(page, measure(page, viewers, port))
        except WrongPage as reason:
            self.rows.append({"page": page.name, "failed": str(reason), "met": False})
            print(f"{page.name:30} FAILED: {reason}", flush=True)

    def _add(self, page: Page, result: Result) -> None:
        is_met = result.requests_per_second >= page.rate and (page.p99 is None or result.p99 <= page.p99)
        expected = f"{page.rate} req/s" + (f", p99 {page.p99} ms" if page.p99 else "")
        floor = result.floor
        self.rows.append(
            {
                **result._asdict(),
                "floor": floor and floor._asdict(),
                "expected": {"requests_per_second": page.rate, "p99": page.p99},
                "met": is_met,
            }
        )
        print(
            LINE.format(
                result.page,
                f"{result.requests_per_second:.0f}",
                f"{result.p50:.1f}",
                f"{result.p99:.1f}",
                f"{result.requests_per_second / floor.requests_per_second:.2f}" if floor else "",
                f"{floor.p50:.1f} / {floor.p99:.1f}" if floor else "",
                result.queries,
                f"{result.sql_ms:.1f}",
                result.bytes,
                f"{result.loop_ms:.0f}",
                f"{expected}: {'ok' if is_met else 'MISSED'}",
            ),
            flush=True,
        )

    def save(self) -> None:
        """Write the rows and the facts to a file in bench/results."""
        RESULTS.mkdir(exist_ok=True)
        file = RESULTS / f"{self.facts['set']}-{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
        file.write_text(json.dumps({**self.facts, "pages": self.rows}, indent=2) + "\n")
        print(f"\nKept in {file.relative_to(RESULTS.parent.parent)}.")


def _machine() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    models = re.findall(r"^model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "python": platform.python_version(),
        "postgresql": version,
    }
