"""What watchers of a repository are notified of."""

from __future__ import annotations

from repositories.models import Issue, Repository


def record_changes(repository: Repository, *, opened: list[Issue], closed: list[Issue]) -> None:
    """
    Record that issues of a repository were opened or closed, for its watchers.

    Called in the transaction that stores them, for each page of up to 100 issues that were read, never during the
    first fetch of a repository. An issue is in one of the lists; pull requests are among them.
    """
