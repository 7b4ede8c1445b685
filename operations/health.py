"""
Health checks of the site's components: the database, Redis, background jobs, mail and search.

`findings()` checks them with short timeouts, for the probes, the status page and `manage.py doctor`. Other pages check
nothing: a thread of each web process does, and the banner shows its last result.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from redis import Redis
from rq import Queue as RQQueue
from rq import Worker

from jobs.models import Queue, Recurrence
from jobs.outbox import get_queue_latency
from search.engines.elasticsearch import probe

logger = logging.getLogger(__name__)

# Interval of the checks in web processes.
WATCH_SECONDS = 15
# Jobs that have been due for longer are late: no worker runs, or too few.
LATE = timedelta(minutes=2)
# Timeout of a check of the mail server, and the minimum interval between two.
MAIL_TIMEOUT_SECONDS = 2
MAIL_INTERVAL_SECONDS = 60

Details = dict[str, Any]


class State(StrEnum):
    """The state of a component: working, unused, failing while the site works, or failing the site."""

    OK = "ok"
    OFF = "off"
    DEGRADED = "degraded"
    FAILED = "failed"


class Unhealthy(Exception):
    """A component responds, but does not do its work; the message is for operators."""

    def __init__(self, message: str, details: Details) -> None:
        super().__init__(message)
        self.details = details


class Component(NamedTuple):
    """A service or process that may be unavailable."""

    name: str
    # Return details, or None where the component is not used; raise when it does not work.
    probe: Callable[[], Details | None]
    # Its name and the consequence of its failure for users; without a label the status page omits it.
    label: str | Promise = ""
    consequence: str | Promise = ""
    # Whether pages need it.
    is_required: bool = False
    # What an operator can do.
    remedy: str = ""
    # Minimum seconds between two checks.
    interval: float = 0


class Finding(NamedTuple):
    """The result of one check."""

    component: Component
    state: State
    milliseconds: int
    # The reason of a failure, for operators.
    error: str
    details: Details
    at: float


_components: dict[str, Component] = {}
_known: dict[str, Finding] = {}
_lock = threading.Lock()


def register(component: Component) -> None:
    _components[component.name] = component


def findings(max_age: float = 0) -> list[Finding]:
    """Check all components and return the findings; those younger than `max_age` seconds are reused."""
    with _lock:
        for component in _components.values():
            known = _known.get(component.name)
            if known is None or time.monotonic() - known.at >= max(max_age, component.interval):
                _known[component.name] = _examine(component)
        return [_known[name] for name in _components]


def worst(found: list[Finding]) -> State:
    """Return the state of the whole site."""
    states = {finding.state for finding in found}
    return next((state for state in (State.FAILED, State.DEGRADED) if state in states), State.OK)


def _examine(component: Component) -> Finding:
    start = time.monotonic()
    error, details = "", None
    try:
        details = component.probe()
        state = State.OFF if details is None else State.OK
    except Exception as reason:  # noqa: BLE001 - any error is the result of the check
        state = State.FAILED if component.is_required else State.DEGRADED
        error = f"{type(reason).__name__}: {reason}".strip()
        details = reason.details if isinstance(reason, Unhealthy) else None
    end = time.monotonic()
    return Finding(component, state, round((end - start) * 1000), error, details or {}, end)


# --- Components ---


def _database() -> Details:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"engine": connection.vendor}


def _redis() -> Details | None:
    if not settings.REDIS_URL:
        return None
    with Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS) as redis:
        redis.ping()
    return {}


def _jobs() -> Details:
    """Check that workers run and jobs are not late."""
    details: Details = {"oldest_job_seconds": round(get_queue_latency().total_seconds())}
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS) as redis:
            details["workers"] = {
                queue.value: len(Worker.all(queue=RQQueue(queue.value, connection=redis))) for queue in Queue
            }
        for queue, count in details["workers"].items():
            if not count:
                raise Unhealthy(f"No worker listens to {queue}.", details)
    if details["oldest_job_seconds"] > LATE.total_seconds():
        raise Unhealthy(f"A job has been due for {details['oldest_job_seconds']} seconds.", details)
    if Recurrence.objects.filter(due_at__lt=timezone.now() - LATE).exists():
        raise Unhealthy("Recurring tasks are not enqueued: no scheduler runs.", details)
    return details


def _mail() -> Details | None:
    if settings.MAIL_GOES_TO != "mailbox":
        return None
    mail = get_connection(timeout=MAIL_TIMEOUT_SECONDS)
    mail.open()
    mail.close()
    return {}


register(
    Component(
        "database",
        _database,
        _("Posts, people and messages"),
        _("Nothing can be shown or saved at the moment. Nothing that was published is lost."),
        is_required=True,
        remedy="Check DATABASE_URL, and that the server runs and can be reached from here.",
    )
)
register(
    Component(
        "redis",
        _redis,
        remedy="Check REDIS_URL, and that the server runs. Until then jobs wait, and rate limits are per process.",
    )
)
register(
    Component(
        "jobs",
        _jobs,
        _("Background jobs"),
        _("Email, exports and counts are delayed. Nothing is lost."),
        remedy="Start `manage.py rqworker microblog-tasks`, `manage.py rqworker microblog-mail` and `manage.py rqcron "
        "microblog.schedule`; without REDIS_URL the web process, or `manage.py run_scheduled` by cron.",
    )
)
register(
    Component(
        "mail",
        _mail,
        _("Mail"),
        _("Email from this site is delayed. It will be sent as soon as possible."),
        remedy="Check MAIL_SERVER and the settings next to it. Mail waits and is retried for six hours.",
        interval=MAIL_INTERVAL_SECONDS,
    )
)
register(
    Component(
        "search",
        lambda: probe() if settings.ELASTICSEARCH_URL else None,
        pgettext_lazy("component", "Search"),
        _("Search is limited: it sorts results by date and matches fewer word forms."),
        remedy="Check ELASTICSEARCH_URL, and that the server runs; then `manage.py search_check`.",
    )
)


# --- Checks in web processes ---

_consequences: tuple[str | Promise, ...] = ()
_watch: threading.Thread | None = None


def start_watch() -> None:
    """Start the thread that checks the components, for the banner on the pages of this process."""
    global _watch  # noqa: PLW0603 - one per process
    _watch = threading.Thread(target=_keep_watch, name="health", daemon=True)
    _watch.start()


def consequences() -> tuple[str | Promise, ...]:
    """Return the consequences for users of the last check, without checking."""
    if _watch is not None and not _watch.is_alive():
        start_watch()  # a fork does not copy the thread
    return _consequences


def check_components() -> None:
    """Check all components and keep the consequences for users."""
    global _consequences  # noqa: PLW0603 - one per process
    found = findings(max_age=WATCH_SECONDS / 2)
    _consequences = tuple(finding.component.consequence for finding in found if _affects_users(finding))


def _affects_users(finding: Finding) -> bool:
    return finding.state in (State.DEGRADED, State.FAILED) and bool(finding.component.consequence)


def _keep_watch() -> None:
    while True:
        try:
            check_components()
        finally:
            connection.close()
        time.sleep(WATCH_SECONDS)
