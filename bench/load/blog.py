"""Measure the public blog on a database made for it; runs with the site's settings."""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_databases, teardown_databases
from django.utils import timezone

from accounts.models import User
from accounts.services import register_user
from blog.caching import change_public_state
from blog.freezing import freeze
from blog.models import Entry, Snippet, Tag
from blog.rendering import RENDERER_VERSION, render_code, render_markdown
from scripts.processes import HOST

FROZEN, ENTRIES, PEOPLE, TAGS, SAMPLES = 1_000, 10_000, 100, 20, 400
MARKDOWN = """## Part {n}

What *was* seen on [day {n}](https://example.org/).

```python
for x in y:
    print({n})
```
"""
CODE = "def number_{n}(values):\n    return [value + {n} for value in values]\n"
# The limits that are to hold.
MOST_SECONDS, MOST_MEBIBYTES, LEAST_GAIN, MOST_QUERIES = 60, 200, 5, 6


def fill_entries(first: int, end: int) -> None:
    """Write entries with two tags each."""
    tags = list(Tag.objects.all())
    rows = [
        Entry(body=body, body_html=_html(body), summary=body[:200], language="en", **common)
        for body, common in _texts(MARKDOWN, first, end)
    ]
    Entry.objects.bulk_create(rows, 1_000)
    tagged = Entry.tags.through
    pairs = (tagged(entry=row, tag=tags[n % TAGS]) for number, row in enumerate(rows) for n in (number, number + 1))
    tagged._default_manager.bulk_create(pairs, 5_000)


def fill_snippets(end: int) -> None:
    """Write snippets."""
    Snippet.objects.bulk_create(
        (
            Snippet(body=code, body_html=_html(code, "python"), summary=code[:200], lexer_name="python", **common)
            for code, common in _texts(CODE, 0, end)
        ),
        1_000,
    )


def _texts(part: str, first: int, end: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield texts of one to seven parts, with the fields that entries and snippets have in common."""
    people = list(User.objects.order_by("pk")[:PEOPLE])
    start = timezone.now() - timedelta(days=30)
    for number in range(first, end):
        yield (
            "\n".join(part.format(n=n) for n in range(number % 7 + 1)),
            {
                "author": people[number % len(people)],
                "title": f"Text {number}",
                "slug": f"text-{number}",
                "published_at": start + timedelta(minutes=number),
                "renderer_version": RENDERER_VERSION,
            },
        )


_KEPT: dict[tuple[str, str], str] = {}


def _html(body: str, lexer_name: str = "") -> str:
    """Return the HTML of one of a few texts."""
    if (body, lexer_name) not in _KEPT:
        _KEPT[body, lexer_name] = render_code(body, lexer_name) if lexer_name else render_markdown(body)
    return _KEPT[body, lexer_name]


def main() -> int:
    """Fill a database, measure, and drop it; return the exit status."""
    call_command("collectstatic", interactive=False, verbosity=0)
    made = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        for number in range(PEOPLE):
            register_user(username=f"person{number}", email=f"person{number}@example.com", password=None)
        Tag.objects.bulk_create(Tag(slug=f"tag-{number}") for number in range(TAGS))
        fill_entries(0, FROZEN)
        is_good = measure_freezing()
        fill_entries(FROZEN, ENTRIES)
        fill_snippets(ENTRIES)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return int(not (measure_pages() and is_good))
    finally:
        teardown_databases(made, verbosity=0)


def measure_freezing() -> bool:
    """Freeze twice; return whether it takes little time and memory, and the second run writes nothing."""
    is_good = True
    with TemporaryDirectory() as folder:
        for run in ("first", "second"):
            # From now on, the highest value is that of this run.
            Path("/proc/self/clear_refs").write_text("5")
            memory, clock, processor = _read_memory("VmRSS"), time.perf_counter(), time.process_time()
            result = freeze(Path(folder) / "build", base_url=f"http://{HOST}")
            seconds, processor = time.perf_counter() - clock, time.process_time() - processor
            grown = _read_memory("VmHWM") - memory
            used = f"{processor:.0f} s of processor time, {seconds:.0f} s, {grown} MiB more memory"
            print(f"freeze, {run} run: {result.files} files, {result.written} written, {used}", flush=True)
            is_good &= seconds < MOST_SECONDS and grown < MOST_MEBIBYTES
    return is_good and result.written == 0


def _read_memory(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) // 1024 if found else 0


def measure_pages() -> bool:
    """Request each page as a visitor, kept and not, and as a member; return whether the promises hold."""
    member = register_user(username="member", email="member@example.com", password=None)
    is_good = True
    for path in ("/blog/", "/snippets/", f"/blog/text-{ENTRIES // 2}/", f"/snippets/text-{ENTRIES // 2}/"):
        visitor, own = Client(SERVER_NAME=HOST), Client(SERVER_NAME=HOST)
        own.force_login(member)
        kept = measure(f"{path}, visitor, kept", visitor, path)
        new = measure(f"{path}, visitor, after a change", visitor, path, change_public_state)
        measure(f"{path}, member", own, path)
        gain = new / kept
        print(f"{path}: {gain:.1f} times faster if kept, in processor time")
        is_good &= path != "/blog/" or gain >= LEAST_GAIN
    return is_good


def measure(
    name: str,
    client: Client,
    path: str,
    prepare: Callable[[], None] = lambda: None,
    most_queries: int = MOST_QUERIES,
) -> float:
    """Request a page often; print what it takes and return the median of its processor time."""
    client.get(path)
    prepare()
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200  # noqa: S101 - a page that fails is not measured
    count = len(queries)
    times, processor = [], []
    for _ in range(SAMPLES):
        prepare()
        start, used = time.perf_counter(), time.process_time()
        client.get(path)
        times.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() - used) * 1000)
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(
        f"{name}: {count} queries, p50 {p50:.1f} ms, p99 {p99:.1f} ms, processor {statistics.median(processor):.1f} ms"
    )
    assert count <= most_queries  # noqa: S101
    return statistics.median(processor)
