"""Notifications of the watchers of a repository."""

import pytest

from accounts.services import deactivate_user, suspend_user
from accounts.tests.factories import UserFactory
from jobs.worker import run_due_everywhere
from messaging.models import Notification
from messaging.notifications.services import mark_notification_as_read
from repositories import tasks
from repositories.services import request_fetch
from repositories.tests.factories import IssueFactory, RepositoryFactory
from repositories.watching import record_changes, unwatch_repository, watch_repository
from tests.helpers.clients import bearer
from tests.helpers.messages import unread

pytestmark = pytest.mark.django_db


@pytest.fixture
def hello(ana):
    repository = RepositoryFactory(name="hello")
    watch_repository(repository, actor=ana)
    return repository


def record(repository, *, opened=(), closed=(), **fields):
    issues = {
        number: IssueFactory.build(repository=repository, number=number, **fields) for number in (*opened, *closed)
    }
    record_changes(
        repository, opened=[issues[number] for number in opened], closed=[issues[number] for number in closed]
    )
    run_due_everywhere()


def notified(user):
    return [(row.payload["opened"], row.payload["closed"]) for row in Notification.objects.of(user).order_by("pk")]


def test_new_and_closed_issues_are_one_notification_until_it_is_read(ana, bob, hello):
    other = RepositoryFactory(name="other")
    watch_repository(other, actor=ana)
    record(hello, opened=[7, 8])
    record(hello, opened=[9], closed=[7, 2])
    record(other, closed=[1])
    assert notified(ana) == [([7, 8, 9], [2, 7]), ([], [1])]
    assert (unread(ana)[1], notified(bob)) == (2, [])
    mark_notification_as_read(Notification.objects.get(key=str(hello.pk)))
    record(hello, opened=[10])
    assert notified(ana) == [([], [1]), ([10], [])]


def test_repeating_the_task_changes_nothing(ana, hello):
    record(hello, opened=[7])
    before = Notification.objects.get()
    tasks.notify_watchers(hello.pk, [7], [], 0)
    assert Notification.objects.get() == before and unread(ana) == (0, 1)
    tasks.notify_watchers(hello.pk + 1, [7], [], 0)


def test_pull_requests_are_not_announced(ana, hello):
    record(hello, opened=[7], is_pull_request=True)
    assert notified(ana) == []


def test_users_that_unwatched_or_left_are_not_notified(ana, hello):
    for remove in (suspend_user, deactivate_user):
        person = UserFactory()
        watch_repository(hello, actor=person)
        remove(person, actor="the site")
    gone = UserFactory()
    watch_repository(hello, actor=gone)
    gone.delete()
    unwatch_repository(hello, actor=ana)
    record(hello, opened=[1])
    assert not Notification.objects.exists()


def test_many_watchers_are_notified_in_batches(ana, hello, monkeypatch):
    monkeypatch.setattr(tasks, "BATCH", 2)
    people = [ana, *UserFactory.create_batch(4)]
    for person in people:
        watch_repository(hello, actor=person)
    record(hello, opened=[1])
    assert [notified(person) for person in people] == [[([1], [])]] * 5


@pytest.mark.parametrize(
    ("opened", "closed", "text"),
    [
        ([1, 2], [], "Issues of octocat/hello: 2 new"),
        ([], [1], "Issues of octocat/hello: 1 closed"),
        (range(1, 301), [1], "Issues of octocat/hello: 99+ new, 1 closed"),
    ],
)
def test_text_counts_issues_and_leads_to_the_repository(ana_client, client, ana, hello, opened, closed, text):
    record(hello, opened=opened, closed=closed)
    (row,) = client.get("/api/notifications", headers=bearer(ana)).json()["items"]
    assert (row["kind"], row["text"], row["actor"]) == ("repository", text, None)
    target = ana_client.get(f"/notifications/{row['id']}")["Location"]
    assert ana_client.get(target)["Location"] == "/repositories/octocat/hello"


def test_notifications_of_a_removed_repository_are_withdrawn(ana, hello):
    record(hello, opened=[1])
    hello.delete()
    assert (notified(ana), unread(ana)) == ([], (0, 0))


def test_fetches_notify_of_what_changed_since_the_first(github, ana, hello):
    github.add("octocat/hello", issues=3)
    github.tick(10)
    request_fetch(hello)
    run_due_everywhere()
    assert hello.issues.count() == 3 and notified(ana) == []
    github.change("octocat/hello", 1, state="closed")
    github.change("octocat/hello", 2, title="Another title")
    github.open("octocat/hello")
    github.open("octocat/hello", pull_request={"url": "x"})
    request_fetch(hello)
    run_due_everywhere()
    assert notified(ana) == [([4], [1])]
