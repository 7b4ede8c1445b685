"""Measure Elasticsearch on the set of a name; runs with the site's settings."""

import os
import statistics
import sys
import time

import django

django.setup()

from django.conf import settings  # noqa: E402 - what follows stands on the settings
from django.core.management import call_command  # noqa: E402

from accounts.models import User  # noqa: E402
from bench.cluster import FOLDER  # noqa: E402
from bench.data import SEED, SIZES  # noqa: E402
from bench.measure import Viewer, WrongPage, gunicorn, measure  # noqa: E402
from bench.pages import PAGES, ROTATING, Page  # noqa: E402
from bench.report import Report  # noqa: E402
from bench.run import ROTATING_VIEWERS, prepare  # noqa: E402
from microblog.core.jobs import run_due  # noqa: E402
from microblog.core.models import Job, Queue  # noqa: E402
from scripts.servers import free_port  # noqa: E402
from search.documents import DOCUMENTS  # noqa: E402
from search.engines.elasticsearch import ElasticsearchEngine  # noqa: E402
from search.services import check, rebuild  # noqa: E402

# Measurements of each kind of writing, in turns.
ROUNDS = 3


def main(name: str, _only: str) -> None:
    """Take all figures of a set."""
    prepare(name)
    call_command("collectstatic", interactive=False, verbosity=0)
    for kind in DOCUMENTS:
        start = time.monotonic()
        count = rebuild(kind, "elasticsearch")
        print(f"search_index: {count} {kind}, {count / (time.monotonic() - start):.0f} a second", flush=True)
    count = SIZES[name].users
    places = range(count // ROTATING_VIEWERS // 2, count, count // ROTATING_VIEWERS)
    viewers = [Viewer(user) for user in User.objects.filter(pk__in=places[:ROTATING_VIEWERS])]
    pages = {page.name: page for page in PAGES if page.viewer == ROTATING}

    report, port = Report(name, SEED), free_port()
    with gunicorn(port, FOLDER / "gunicorn.log"):
        for page in pages.values():
            if page.name.startswith("search"):
                try:
                    report.add(page._replace(p99=100), measure(page, viewers, port))
                except WrongPage as error:
                    report.add_failure(page, error)

    rates: dict[str, list[float]] = {"on": [], "off": []}
    for _round in range(ROUNDS):
        for indexing, figures in rates.items():
            figures.append(_rate_of_new_posts(pages["new post"], viewers, indexing=indexing == "on"))
    medians = {indexing: statistics.median(figures) for indexing, figures in rates.items()}
    print(f"new posts a second, worker stopped, indexing on and off: {rates}, {medians['on'] / medians['off']:.2f}")

    waiting, start = Job.objects.count(), time.monotonic()
    while Job.objects.exists():
        run_due(Queue.TASKS)
    print(f"caught up with {waiting} posts, {waiting / (time.monotonic() - start):.0f} a second", flush=True)
    for kind in DOCUMENTS:
        start = time.monotonic()
        found = check(kind, "elasticsearch")
        # The posts that were written with indexing off, and no others.
        print(f"search_check: {len(found.differences.ids)} differences in {found.compared} {kind}", end=", ")
        print(f"{time.monotonic() - start:.0f} s", flush=True)
        for index in ElasticsearchEngine().client.indices.get(index=f"{settings.ELASTICSEARCH_PREFIX}-{kind}.*"):
            ElasticsearchEngine().client.indices.delete(index=index)


def _rate_of_new_posts(page: Page, viewers: list[Viewer], *, indexing: bool) -> float:
    """Return how many posts a second are written while no worker runs."""
    port, url = free_port(), os.environ["ELASTICSEARCH_URL"]
    os.environ["ELASTICSEARCH_URL"] = url if indexing else ""
    try:
        with gunicorn(port, FOLDER / "gunicorn.log"):
            return measure(page, viewers, port).requests_per_second
    finally:
        os.environ["ELASTICSEARCH_URL"] = url


if __name__ == "__main__":
    main(*sys.argv[1:])
