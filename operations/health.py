"""
Which parts of the site work: the database, Redis, the work in the background, mail, and what apps add to these.

`findings()` asks them, each for a moment only, for the probes, the status page and `manage.py doctor`. A page asks
nothing: a thread of each web process keeps watch, and the banner tells what that saw last.
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
from redis import Redis
from rq import Queue as RQQueue
from rq import Worker

from jobs.models import Queue, Recurrence
from jobs.outbox import longest_wait
from search.engines.elasticsearch import probe

logger = logging.getLogger(__name__)

# How often the watch looks.
WATCH_SECONDS = 15
# Longer than a worker that is well lets anything wait.
LATE = timedelta(minutes=2)
# How long a mail server is waited for, and left alone between two looks.
MAIL_TIMEOUT_SECONDS = 2
MAIL_REST_SECONDS = 60

Details = dict[str, Any]


class State(StrEnum):
    """How a part does: well, not in use here, badly while the site goes on without it, or so that nothing works."""

    OK = "ok"
    OFF = "off"
    DEGRADED = "degraded"
    FAILED = "failed"


class Trouble(Exception):
    """A part answers, but does not do what it is for; said in words for operators."""

    def __init__(self, message: str, details: Details) -> None:
        super().__init__(message)
        self.details = details


class Part(NamedTuple):
    """One thing that may be away."""

    name: str
    # Return what is worth knowing, or None where the part is not in use; raise when it does not do its work.
    probe: Callable[[], Details | None]
    # What it is and what its absence means, in plain words; without a label the status page leaves it out.
    label: str | Promise = ""
    consequence: str | Promise = ""
    # Without it no page can be shown.
    is_required: bool = False
    # What an operator does about it.
    remedy: str = ""
    # It is not asked again within these seconds.
    rest: float = 0


class Finding(NamedTuple):
    """How one part did when it was asked."""

    part: Part
    state: State
    milliseconds: int
    # Why it does not work, for operators.
    error: str
    details: Details
    at: float


_parts: dict[str, Part] = {}
_known: dict[str, Finding] = {}
_lock = threading.Lock()


def register(part: Part) -> None:
    """Add a part, when the app that needs it is ready."""
    _parts[part.name] = part


def findings(max_age: float = 0) -> list[Finding]:
    """Return how each part does, as far as possible as it was seen within the last `max_age` seconds."""
    with _lock:
        for part in _parts.values():
            known = _known.get(part.name)
            if known is None or time.monotonic() - known.at >= max(max_age, part.rest):
                _known[part.name] = _examine(part)
        return [_known[name] for name in _parts]


def worst(found: list[Finding]) -> State:
    """Return how the site does as a whole."""
    states = {finding.state for finding in found}
    return next((state for state in (State.FAILED, State.DEGRADED) if state in states), State.OK)


def _examine(part: Part) -> Finding:
    start = time.monotonic()
    error, details = "", None
    try:
        details = part.probe()
        state = State.OFF if details is None else State.OK
    except Exception as reason:  # noqa: BLE001 - whatever goes wrong with the part is what was asked for
        state = State.FAILED if part.is_required else State.DEGRADED
        error = f"{type(reason).__name__}: {reason}".strip()
        details = reason.details if isinstance(reason, Trouble) else None
    end = time.monotonic()
    return Finding(part, state, round((end - start) * 1000), error, details or {}, end)


# --- The parts that every site has ---


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
    """Look whether work is taken up in time, and by whom."""
    details: Details = {"oldest_job_seconds": round(longest_wait().total_seconds())}
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URL, **settings.REDIS_TIMEOUTS) as redis:
            details["workers"] = {
                queue.value: len(Worker.all(queue=RQQueue(queue.value, connection=redis))) for queue in Queue
            }
        for queue, count in details["workers"].items():
            if not count:
                raise Trouble(f"No worker listens to {queue}.", details)
    if details["oldest_job_seconds"] > LATE.total_seconds():
        raise Trouble(f"A job has been due for {details['oldest_job_seconds']} seconds.", details)
    if Recurrence.objects.filter(due_at__lt=timezone.now() - LATE).exists():
        raise Trouble("Recurring tasks are not enqueued: no scheduler runs.", details)
    return details


def _mail() -> Details | None:
    if settings.MAIL_GOES_TO != "mailbox":
        return None
    mail = get_connection(timeout=MAIL_TIMEOUT_SECONDS)
    mail.open()
    mail.close()
    return {}


register(
    Part(
        "database",
        _database,
        _("Posts, people and messages"),
        _("Nothing can be shown or stored at the moment. What was published before is not lost."),
        is_required=True,
        remedy="Check DATABASE_URL, and that the server runs and can be reached from here.",
    )
)
register(
    Part(
        "redis",
        _redis,
        remedy="Check REDIS_URL, and that the server runs. Until then jobs wait, and each process counts by itself.",
    )
)
register(
    Part(
        "jobs",
        _jobs,
        _("Work in the background"),
        _("Mails, exports and counts come later than usual. None of them is lost."),
        remedy="Start `manage.py rqworker microblog-tasks`, `manage.py rqworker microblog-mail` and `manage.py rqcron "
        "microblog.schedule`; without REDIS_URL the web process, or `manage.py run_scheduled` by cron.",
    )
)
register(
    Part(
        "mail",
        _mail,
        _("Mail"),
        _("Mails from this site come later than usual. They are sent as soon as that is possible again."),
        remedy="Check MAIL_SERVER and the settings beside it. Mail waits, and is tried again for six hours.",
        rest=MAIL_REST_SECONDS,
    )
)
register(
    Part(
        "search",
        lambda: probe() if settings.ELASTICSEARCH_URL else None,
        _("Search"),
        _("Search shows the newest hits first and knows fewer forms of words, until its engine is back."),
        remedy="Check ELASTICSEARCH_URL, and that the server runs; then `manage.py search_check`.",
    )
)


# --- The watch ---

_consequences: tuple[str | Promise, ...] = ()
_watch: threading.Thread | None = None


def start_watch() -> None:
    """Keep watch in a thread of this process, so that its pages tell what works worse than usual."""
    global _watch  # noqa: PLW0603 - the process has one
    _watch = threading.Thread(target=_keep_watch, name="health", daemon=True)
    _watch.start()


def consequences() -> tuple[str | Promise, ...]:
    """Return what readers should know, as it was seen last; asks nobody."""
    if _watch is not None and not _watch.is_alive():
        start_watch()  # a process that was forked has not taken the thread along
    return _consequences


def look() -> None:
    """Look at all parts once, and remember what their state means for readers."""
    global _consequences  # noqa: PLW0603 - the process remembers it
    found = findings(max_age=WATCH_SECONDS / 2)
    _consequences = tuple(finding.part.consequence for finding in found if _concerns_readers(finding))


def _concerns_readers(finding: Finding) -> bool:
    return finding.state in (State.DEGRADED, State.FAILED) and bool(finding.part.consequence)


def _keep_watch() -> None:
    while True:
        try:
            look()
        finally:
            connection.close()
        time.sleep(WATCH_SECONDS)
