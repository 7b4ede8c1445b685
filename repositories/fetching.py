"""
Read the issues of a repository from GitHub.

Issues are listed in the order of their last change, from the change on where the last step ended, so that one that
changes while they are read moves to the end and is read again, and none is missed. Once a day all are read, since a
list of changes does not say which issues vanished: those that were not found are requested one by one before they are
deleted.

A step is one request and one transaction. A fetch that is interrupted continues with the next step, and of two
concurrent ones the later is discarded.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from repositories.client import GitHub, GitHubError, Page, get_client
from repositories.models import Issue, Repository
from repositories.signals import requests_limited
from repositories.site_links import clear_cached_pages
from repositories.watching import move_watches, record_changes

logger = logging.getLogger(__name__)

FETCH_EVERY = timedelta(hours=1)
READ_EVERY = timedelta(days=1)
# After a failure that may pass soon; doubled for each one in a row, up to FETCH_EVERY.
RETRY_AFTER = timedelta(minutes=5)
# Seconds that a job takes at most, and then its last request; the worker runs other jobs in between.
SLICE_SECONDS = 5
# GitHub's times have seconds: of the issues that changed in one second, the next page may have more.
OVERLAP = timedelta(seconds=1)
# Issues that were not found and are requested one by one in a step.
CHECKED = 5

Outcome = Repository.Outcome
FIELDS = [field.name for field in Issue._meta.fields if not field.primary_key]


class StaleStep(Exception):
    """Another process took a step with this repository at the same time."""


def fetch(repository: Repository, *, progress: Callable[[int], None] = lambda _added: None) -> int:
    """
    Fetch all changes of a repository now, and return the number of new issues. `progress` is called with it.

    Raise GitHubError, after its outcome is saved.
    """
    added = 0
    is_complete = False
    while not is_complete:
        count, is_complete = take_step(repository)
        added += count
        progress(added)
    return added


def fetch_slice(repository: Repository) -> bool:
    """Take steps for SLICE_SECONDS, and return whether more are left. Failures are saved. Safe to repeat."""
    end = time.monotonic() + SLICE_SECONDS
    try:
        while time.monotonic() < end:
            _added, is_complete = take_step(repository)
            if is_complete:
                return False
    except (GitHubError, StaleStep):
        return False
    return True


def take_step(repository: Repository) -> tuple[int, bool]:
    """
    Request one page of issues and store it; return the number of new ones, and whether the fetch is complete.

    Raise GitHubError, after its outcome is saved, or StaleStep.
    """
    client = get_client()
    try:
        if limited_until := Repository.objects.limited_until():
            raise GitHubError(Outcome.RATE_LIMITED, limited_until=limited_until)
        if not repository.is_reading and (not repository.read_at or repository.read_at < timezone.now() - READ_EVERY):
            _save(repository, is_reading=True, read=repository.read + 1, since=None, next_url="", etag="")
        page = client.list_issues(
            repository.full_name, since=repository.since, next_url=repository.next_url, etag=repository.etag
        )
        if page.is_moved:
            _rename(repository, client)
        with transaction.atomic():
            # First, since it locks the repository.
            is_last = _advance(repository, page)
            added = _store(repository, page.issues) if page.issues else 0
        if not is_last or _check_missing(repository, client):
            return added, False
        _finish(repository, has_changed=page.issues is not None)
    except GitHubError as error:
        _record_failure(repository, error)
        raise
    return added, True


def count_new(repository: Repository, *, progress: Callable[[int], None] = lambda _added: None) -> int:
    """Read all changes of a repository without storing anything, and return the number of new issues."""
    client, added = get_client(), 0
    since, next_url = None, ""
    while True:
        page = client.list_issues(repository.full_name, since=since, next_url=next_url)
        ids = {issue.pk for issue in page.issues or []}
        added += len(ids) - repository.issues.filter(pk__in=ids).count()
        progress(added)
        next_url = page.next_url
        if not (ids and next_url):
            return added


def _advance(repository: Repository, page: Page) -> bool:
    """Save where the next request starts, and return whether this was the last page."""
    if page.issues and page.next_url:
        _save(repository, **_next_request(repository, page.issues, page.next_url), outcome=Outcome.STARTED)
        return False
    if page.issues == [] and repository.next_url:
        # Issues vanished from the pages before it.
        _save(repository, next_url="", etag="")
    else:
        _save(repository, etag=page.etag)
    return True


def _next_request(repository: Repository, issues: list[Issue], next_url: str) -> dict[str, Any]:
    """Return the fields for the request after a page: from its last change on, else the URL that GitHub named."""
    since = issues[-1].updated_at - OVERLAP
    is_sorted = all(one.updated_at <= other.updated_at for one, other in pairwise(issues))
    if is_sorted and (repository.since is None or since > repository.since):
        return {"since": since, "next_url": "", "etag": ""}
    return {"next_url": next_url, "etag": ""}


def _store(repository: Repository, issues: list[Issue]) -> int:
    """Write issues as GitHub has them, and return the number of new ones."""
    by_number = {issue.number: issue for issue in issues}
    rows = list({issue.pk: issue for issue in by_number.values()}.values())
    ids = [issue.pk for issue in rows]
    # A repository that was deleted and made again has other issues under the same numbers.
    repository.issues.filter(number__in=list(by_number)).exclude(pk__in=ids).delete()
    states = dict(repository.issues.filter(pk__in=ids).values_list("pk", "state"))
    for issue in rows:
        issue.repository, issue.read = repository, repository.read
    Issue.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=FIELDS)
    opened = [issue for issue in rows if issue.pk not in states]
    closed = [issue for issue in rows if states.get(issue.pk) == Issue.State.OPEN != issue.state]
    if repository.read_at and (opened or closed):
        record_changes(repository, opened=opened, closed=closed)
    return len(opened)


def _check_missing(repository: Repository, client: GitHub) -> bool:
    """Request some issues that a complete read has not found, and return whether there were any."""
    if not repository.is_reading:
        return False
    missing = list(repository.issues.filter(read__lt=repository.read).order_by("number")[:CHECKED])
    found = [client.get_issue(repository.full_name, issue.number) for issue in missing]
    with transaction.atomic():
        _save(repository)
        repository.issues.filter(pk__in=[issue.pk for issue in missing]).exclude(
            pk__in=[issue.pk for issue in found if issue]
        ).delete()
        _store(repository, [issue for issue in found if issue])
    return bool(missing)


def _finish(repository: Repository, *, has_changed: bool) -> None:
    """Save that all issues are up to date; the counters only if any changed, because they read all open issues."""
    now = timezone.now()
    changes: dict[str, Any] = {"outcome": Outcome.FETCHED, "fetched_at": now, "failures": 0, "limited_until": None}
    if repository.is_reading:
        changes |= {"is_reading": False, "read_at": now}
    if has_changed or repository.is_reading:
        is_pull_request = Q(is_pull_request=True)
        changes |= repository.issues.in_state(Issue.State.OPEN).aggregate(
            issue_count=Count("pk", filter=~is_pull_request), pull_request_count=Count("pk", filter=is_pull_request)
        )
    _save(repository, next_fetch_at=now + FETCH_EVERY, **changes)


def _rename(repository: Repository, client: GitHub) -> None:
    """
    Store the current name of a repository.

    If another row has it, move the watches to that one and raise GitHubError.
    """
    owner, name = client.get_full_name(repository.full_name)
    if (owner, name) == (repository.owner, repository.name):
        return
    try:
        with transaction.atomic():
            _save(repository, owner=owner, name=name)
    except IntegrityError as error:
        if kept := Repository.objects.named(owner, name).first():
            move_watches(repository, kept=kept)
        raise GitHubError(Outcome.DUPLICATE) from error
    clear_cached_pages()


@transaction.atomic
def _record_failure(repository: Repository, error: GitHubError) -> None:
    """Save why a fetch failed, and when to try again."""
    logger.warning("Fetching the issues of %s failed: %s", repository, error.outcome.value)
    failures = repository.failures + 1 if error.outcome in Repository.TEMPORARY else 0
    wait = min(RETRY_AFTER * 2 ** (failures - 1), FETCH_EVERY) if failures else FETCH_EVERY
    next_fetch_at: datetime = error.limited_until or timezone.now() + wait
    # Another response than a limit or an outage may be due to the URL of the page: the next fetch starts from `since`.
    is_kept = error.outcome in (Outcome.RATE_LIMITED, *Repository.TEMPORARY) and error.outcome != Outcome.MALFORMED
    restart = {} if is_kept else {"next_url": "", "etag": ""}
    if error.limited_until and error.limited_until != Repository.objects.limited_until():
        requests_limited.send(sender=Repository, limited_until=error.limited_until)
    _save(
        repository,
        outcome=error.outcome,
        limited_until=error.limited_until,
        failures=failures,
        next_fetch_at=next_fetch_at,
        **restart,
    )


def _save(repository: Repository, **changes: Any) -> None:
    """Save fields of a repository. Raise StaleStep if another process saved some since it was read."""
    changes |= {"attempted_at": timezone.now()}
    current = Repository.objects.filter(pk=repository.pk, version=repository.version)
    if not current.update(version=F("version") + 1, **changes):
        raise StaleStep
    repository.version += 1
    for name, value in changes.items():
        setattr(repository, name, value)
