"""
Metrics for Prometheus: response times, the state of components, and waiting jobs.

Response times are collected in each process; with METRICS_FOLDER prometheus-client sums up the processes of a machine.
Everything else is queried on request.
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
from jobs.outbox import get_queue_latency
from operations import health

RESPONSE_SECONDS = Histogram(
    "microblog_response_seconds",
    "Response time by view and status.",
    ["view", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,
)


def observe_response(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Record a response time; all URLs without a view count as one."""
    match = request.resolver_match
    RESPONSE_SECONDS.labels(match.view_name if match else "-", response.status_code).observe(seconds)


class SiteCollector(Collector):
    """Metrics that are queried on request."""

    def collect(self) -> Iterator[Metric]:
        """Yield the state of each component and, while the database is available, the waiting jobs."""
        up = GaugeMetricFamily("microblog_component_up", "1 when a component in use works.", labels=["component"])
        time = GaugeMetricFamily(
            "microblog_component_check_seconds", "Duration of the check of a component.", labels=["component"]
        )
        for finding in health.findings(max_age=health.WATCH_SECONDS):
            if finding.state != health.State.OFF:
                up.add_metric([finding.component.name], finding.state == health.State.OK)
                time.add_metric([finding.component.name], finding.milliseconds / 1000)
        yield from (up, time)
        try:
            yield from self.jobs()
        except DatabaseError:
            return  # microblog_component_up reports it

    def jobs(self) -> Iterator[Metric]:
        """Yield the number of waiting and given up jobs, and the age of the oldest."""
        count = Count("pk")
        rows = Job.objects.values("queue").annotate(all=count, given_up=Count("pk", filter=~Q(failed_at=None)))
        found = {row["queue"]: row for row in rows}
        waiting = GaugeMetricFamily("microblog_jobs_waiting", "Enqueued jobs that are not given up.", labels=["queue"])
        given_up = GaugeMetricFamily("microblog_jobs_given_up", "Jobs that were given up.", labels=["queue"])
        for queue in Queue:
            row = found.get(queue.value, {"all": 0, "given_up": 0})
            waiting.add_metric([queue.value], row["all"] - row["given_up"])
            given_up.add_metric([queue.value], row["given_up"])
        yield from (waiting, given_up)
        yield GaugeMetricFamily(
            "microblog_oldest_job_seconds",
            "For how long the oldest job that no worker has leased has been due.",
            value=get_queue_latency().total_seconds(),
        )


def exposition() -> bytes:
    """Return all metrics in the text format of Prometheus."""
    registry = CollectorRegistry()
    if settings.METRICS_FOLDER:
        MultiProcessCollector(registry, settings.METRICS_FOLDER)  # type: ignore[no-untyped-call] # has no types
    else:
        registry.register(RESPONSE_SECONDS)
    registry.register(SiteCollector())
    return generate_latest(registry)
