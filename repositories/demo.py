"""Write the repositories of the demo community, which are not on GitHub and are never fetched."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import User
from repositories.models import Issue, Repository, search_text_of
from repositories.watching import watch_repository

CONTENT = Path(__file__).with_name("demo_content.toml")


def write_demo(people: Mapping[str, User]) -> None:
    """Write the repositories with their issues, watched by those of their watchers that are among `people`."""
    now = timezone.now()
    for described in tomllib.loads(CONTENT.read_text(encoding="utf-8"))["repositories"]:
        issues = described["issues"]
        open_ones = [issue for issue in issues if "closed" not in issue]
        pull_request_count = sum(issue.get("is_pull_request", False) for issue in open_ones)
        repository = Repository.objects.create(
            owner=described["owner"],
            name=described["name"],
            description=described["description"],
            created_at=now - timedelta(days=60),
            outcome=Repository.Outcome.FETCHED,
            attempted_at=now,
            fetched_at=now,
            next_fetch_at=None,
            issue_count=len(open_ones) - pull_request_count,
            pull_request_count=pull_request_count,
        )
        Issue.objects.bulk_create(
            _issue(repository, number, issue, now=now) for number, issue in enumerate(issues, start=1)
        )
        for key in described["watchers"]:
            if key in people:
                watch_repository(repository, actor=people[key])


def _issue(repository: Repository, number: int, described: dict[str, Any], *, now: datetime) -> Issue:
    opened_at = now - timedelta(days=described["opened"])
    closed_at = now - timedelta(days=described["closed"]) if "closed" in described else None
    return Issue(
        id=f"demo-{repository.pk}-{number}",
        repository=repository,
        number=number,
        title=described["title"],
        state=Issue.State.CLOSED if closed_at else Issue.State.OPEN,
        author=described["author"],
        labels=described["labels"],
        is_pull_request=described.get("is_pull_request", False),
        opened_at=opened_at,
        updated_at=closed_at or opened_at,
        closed_at=closed_at,
        search_text=search_text_of(described["title"], described["labels"]),
    )
