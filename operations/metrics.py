"""
What Prometheus reads: how long answers took, how the parts of the site do, and which work waits.

Answers are counted in each process; with METRICS_FOLDER prometheus-client sums up those of one machine. All else is
looked up when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from jobs.models import Job, Queue
from jobs.outbox import longest_wait
from operations import health

ANSWERS = Histogram(
    "microblog_answer_seconds",
    "Time until an answer was ready, by the name of its address and its status.",
    ["view", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,
)


def count_answer(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Count an answer. Addresses that lead nowhere are one."""
    match = request.resolver_match
    ANSWERS.labels(match.view_name if match else "-", response.status_code).observe(seconds)


class SiteCollector(Collector):
    """Looks up what no process counts."""

    def collect(self) -> Iterator[Metric]:
        """Yield the state of each part and, while the database answers, the jobs that wait."""
        up = GaugeMetricFamily("microblog_part_up", "1 where a part that is in use works.", labels=["part"])
        time = GaugeMetricFamily("microblog_part_seconds", "Time that a part took to answer.", labels=["part"])
        for finding in health.findings(max_age=health.WATCH_SECONDS):
            if finding.state != health.State.OFF:
                up.add_metric([finding.part.name], finding.state == health.State.OK)
                time.add_metric([finding.part.name], finding.milliseconds / 1000)
        yield from (up, time)
        try:
            yield from self.jobs()
        except DatabaseError:
            return  # microblog_part_up says so

    def jobs(self) -> Iterator[Metric]:
        """Yield how much work waits, how much was given up, and for how long the oldest has waited."""
        count = Count("pk")
        rows = Job.objects.values("queue").annotate(all=count, given_up=Count("pk", filter=~Q(failed_at=None)))
        found = {row["queue"]: row for row in rows}
        waiting = GaugeMetricFamily("microblog_jobs_waiting", "Jobs that are owed.", labels=["queue"])
        given_up = GaugeMetricFamily("microblog_jobs_given_up", "Jobs that wait for staff.", labels=["queue"])
        for queue in Queue:
            row = found.get(queue.value, {"all": 0, "given_up": 0})
            waiting.add_metric([queue.value], row["all"] - row["given_up"])
            given_up.add_metric([queue.value], row["given_up"])
        yield from (waiting, given_up)
        yield GaugeMetricFamily(
            "microblog_oldest_job_seconds",
            "For how long the oldest job that nobody has taken up has been due.",
            value=longest_wait().total_seconds(),
        )


def exposition() -> bytes:
    """Return all metrics in the text format of Prometheus."""
    registry = CollectorRegistry()
    if settings.METRICS_FOLDER:
        MultiProcessCollector(registry, settings.METRICS_FOLDER)  # type: ignore[no-untyped-call] # has no types
    else:
        registry.register(ANSWERS)
    registry.register(SiteCollector())
    return generate_latest(registry)
