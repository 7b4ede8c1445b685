"""Add and remove repositories, and enqueue their fetches."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from microblog.core.exceptions import DomainError
from repositories import tasks
from repositories.fetching import FETCH_EVERY
from repositories.github_urls import parse_repository_url
from repositories.models import DESCRIPTION_MAX_LENGTH, Issue, Repository
from repositories.payloads import clean

# Most repositories that one run of the schedule enqueues, and issues that one statement deletes.
BATCH = 500
DELETION_SLICE = 1_000


class RepositoryExists(DomainError):
    """A repository with this owner and name is there already."""

    def __init__(self) -> None:
        super().__init__(_("That repository already exists!"), field="url")


@transaction.atomic
def add_repository(url: str, *, description: str = "", actor: User | str) -> Repository:
    """
    Add the repository with this URL, enqueue its first fetch and return it.

    Raise NotFromGitHub, InvalidURL or RepositoryExists.
    """
    owner, name = parse_repository_url(url)
    try:
        with transaction.atomic():
            repository = Repository.objects.create(
                owner=owner, name=name, description=clean(description, DESCRIPTION_MAX_LENGTH)
            )
    except IntegrityError:
        raise RepositoryExists from None
    record("repository.add", actor=actor, target=repository)
    request_fetch(repository)
    return repository


def remove_repository(repository: Repository, *, actor: User | str) -> int:
    """Delete a repository with its issues and watches, in slices, and return the number of its issues."""
    count = 0
    while ids := list(repository.issues.values_list("pk", flat=True)[:DELETION_SLICE]):
        count += Issue.objects.filter(pk__in=ids).delete()[0]
    with transaction.atomic():
        record("repository.remove", actor=actor, target=repository)
        repository.delete()
    return count


@transaction.atomic
def request_fetch(repository: Repository) -> None:
    """
    Enqueue a fetch of a repository now, unless it is a demo repository.

    While GitHub limits requests, it waits until these are allowed again.
    """
    fetched = Repository.objects.on_github().filter(pk=repository.pk)
    if fetched.update(next_fetch_at=timezone.now() + FETCH_EVERY):
        tasks.fetch_issues.enqueue(repository.pk)


def enqueue_fetches() -> None:
    """Enqueue the fetches that are due; none while GitHub limits requests."""
    if Repository.objects.limited_until():
        return
    for repository in Repository.objects.due()[:BATCH]:
        request_fetch(repository)
