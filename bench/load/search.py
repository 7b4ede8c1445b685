"""Measure Elasticsearch on the set of a name; runs with the site's settings."""

import os
import statistics
import time

from django.conf import settings

from bench.data.sets import SEED
from bench.load.measure import Viewer, gunicorn, measure
from bench.load.pages import PAGES
from bench.load.report import Report
from bench.load.requests import ROTATING, Page
from bench.load.run import prepare, rotating_viewers
from jobs.models import Job, Queue
from jobs.worker import run_due
from search.documents import DOCUMENTS
from search.engines.elasticsearch import ElasticsearchEngine
from search.repair import check, rebuild

# Measurements of each kind of writing, in turns.
ROUNDS = 3


def main(name: str = "s") -> int:
    """Take all figures of a set."""
    prepare(name)
    for kind in DOCUMENTS:
        start = time.monotonic()
        count = rebuild(kind, "elasticsearch")
        print(f"search_index: {count} {kind}, {count / (time.monotonic() - start):.0f} a second", flush=True)
    viewers = rotating_viewers(name)
    report = Report(name, SEED)
    with gunicorn() as server:
        for page in PAGES:
            if page.viewer == ROTATING and page.name.startswith("search"):
                report.measure(page._replace(p99=100), viewers, server.port)
    (new_post,) = (page for page in PAGES if page.name == "new post")
    write(new_post, viewers)
    catch_up()
    for kind in DOCUMENTS:
        start = time.monotonic()
        found = check(kind, "elasticsearch")
        # The posts that were written with indexing off, and no others.
        print(f"search_check: {len(found.differences.ids)} differences in {found.compared} {kind}", end=", ")
        print(f"{time.monotonic() - start:.0f} s", flush=True)
        for index in ElasticsearchEngine().client.indices.get(index=f"{settings.ELASTICSEARCH_PREFIX}-{kind}.*"):
            ElasticsearchEngine().client.indices.delete(index=index)
    return 0


def write(page: Page, viewers: list[Viewer]) -> None:
    """Write posts with indexing on and off while no worker runs, and print how many a second."""
    rates: dict[str, list[float]] = {"on": [], "off": []}
    url = os.environ["ELASTICSEARCH_URL"]
    for _round in range(ROUNDS):
        for indexing, figures in rates.items():
            os.environ["ELASTICSEARCH_URL"] = url if indexing == "on" else ""
            with gunicorn() as server:
                figures.append(measure(page, viewers, server.port).requests_per_second)
    medians = {indexing: statistics.median(figures) for indexing, figures in rates.items()}
    print(f"new posts a second, worker stopped, indexing on and off: {rates}, {medians['on'] / medians['off']:.2f}")


def catch_up() -> None:
    """Carry out what waits, and print how fast."""
    waiting, start = Job.objects.count(), time.monotonic()
    while Job.objects.exists():
        run_due(Queue.TASKS)
    print(f"caught up with {waiting} posts, {waiting / (time.monotonic() - start):.0f} a second", flush=True)
