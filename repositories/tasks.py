"""Tasks of repositories."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.querysets import people_visible_to
from jobs.tasks import task
from messaging.models import Notification
from messaging.notifications.badges import lock_users
from messaging.notifications.display import LISTED_NUMBERS
from messaging.notifications.services import notify
from repositories import fetching
from repositories.models import Repository

BATCH = 100
# The times of one reset that concurrent responses name differ by fewer seconds.
SAME_RESET_SECONDS = 30


@task(unique=True)
def fetch_issues(repository_id: int) -> bool:
    """
    Fetch the next issues of a repository, and return whether more are left.

    Safe to repeat: it continues where the last step ended. A failure is saved with the repository, which is due again
    at a later time.
    """
    repository = Repository.objects.filter(pk=repository_id).first()
    return repository is not None and fetching.fetch_slice(repository)


@task()
def notify_watchers(repository_id: int, opened: list[int], closed: list[int], after: int) -> None:
    """
    Notify the watchers of a repository of the numbers of new and closed issues.

    One run notifies BATCH users with ids above `after`, and enqueues the next. Safe to repeat: a user who has not read
    the earlier notification gets one with the issues of both.
    """
    repository = Repository.objects.filter(pk=repository_id).first()
    if repository is None:
        return
    watchers = User.objects.filter(people_visible_to(AnonymousUser()), watches__repository=repository, pk__gt=after)
    people = list(watchers.order_by("pk")[:BATCH])
    for person in people:
        _notify(person, repository, opened=opened, closed=closed)
    if len(people) == BATCH:
        notify_watchers.enqueue(repository_id, opened, closed, after=people[-1].pk)


@task(unique=True)
def notify_administrators(limited_until: int) -> None:
    """
    Notify the users who may fetch that GitHub limits requests until a Unix time.

    Safe to repeat: a user is notified of each reset once, and of none that is earlier than one they were notified of.
    """
    allowed: QuerySet[User] = ModelBackend().with_perm("repositories.view_repository", is_active=None)  # type: ignore[arg-type] # no column
    staff = allowed.filter(people_visible_to(AnonymousUser()), is_staff=True)
    for person in staff.order_by("pk"):
        _notify_of_limit(person, limited_until)


@transaction.atomic
def _notify_of_limit(person: User, limited_until: int) -> None:
    """Notify a user of a limit, in place of earlier ones."""
    lock_users(person.pk)
    kind = Notification.Kind.GITHUB_LIMIT
    earlier = Notification.objects.filter(user=person, kind=kind).first()
    if earlier is None or limited_until >= earlier.payload.get("limited_until", 0) + SAME_RESET_SECONDS:
        notify(person, kind=kind, payload={"limited_until": limited_until})


@transaction.atomic
def _notify(person: User, repository: Repository, **numbers: list[int]) -> None:
    """Notify a watcher, in one notification with what they have not read."""
    lock_users(person.pk)
    kind, key = Notification.Kind.REPOSITORY, str(repository.pk)
    unread = Notification.objects.filter(user=person, kind=kind, key=key).unread().first()
    earlier = unread.payload if unread else {}
    merged = {name: sorted({*earlier.get(name, []), *added})[: LISTED_NUMBERS + 1] for name, added in numbers.items()}
    payload = {"name": repository.full_name, **merged}
    if payload != earlier:
        notify(person, kind=kind, key=key, payload=payload)
