"""Watches, and what watchers of a repository are notified of."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from repositories.models import Issue, Repository, Watch
from repositories.signals import issues_changed


def watch_repository(repository: Repository, *, actor: User) -> None:
    """Watch a repository. Repeating it is harmless."""
    Watch.objects.get_or_create(user=actor, repository=repository)


def unwatch_repository(repository: Repository, *, actor: User) -> None:
    """Stop watching a repository. Repeating it is harmless."""
    Watch.objects.filter(user=actor, repository=repository).delete()


@transaction.atomic
def move_watches(repository: Repository, *, kept: Repository) -> None:
    """Let those who watch a repository watch the one that is kept, once each. Repeating it is harmless."""
    moved = Watch.objects.filter(repository=repository)
    moved.exclude(user__in=kept.watches.values("user")).update(repository=kept)
    moved.delete()


def record_changes(repository: Repository, *, opened: list[Issue], closed: list[Issue]) -> None:
    """
    Record that issues of a repository were opened or closed, for its watchers.

    Called in the transaction that stores them, for each page of up to 100 issues that were read, never during the
    first fetch of a repository. An issue is in one of the lists; pull requests are among them, and are not announced.
    """
    numbers = [[issue.number for issue in issues if not issue.is_pull_request] for issues in (opened, closed)]
    if any(numbers):
        issues_changed.send(sender=Repository, repository=repository, opened=numbers[0], closed=numbers[1])
