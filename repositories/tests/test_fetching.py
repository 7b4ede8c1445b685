from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from jobs.models import Job
from jobs.worker import run_due_everywhere
from messaging.models import Notification
from messaging.notifications.services import mark_notification_as_read
from repositories import tasks
from repositories.client import GitHubError
from repositories.fetching import FETCH_EVERY, RETRY_AFTER, StaleStep, fetch, fetch_slice, take_step
from repositories.models import Issue, Repository, Watch
from repositories.services import enqueue_fetches, request_fetch
from repositories.tests.factories import RepositoryFactory
from repositories.watching import watch_repository
from tests.helpers.github import FAULTS
from tests.helpers.messages import unread

pytestmark = pytest.mark.django_db

NAME = "octocat/hello"
Outcome = Repository.Outcome


@pytest.fixture
def repository(github):
    github.add(NAME, issues=3)
    github.tick(10)
    return RepositoryFactory(owner="octocat", name="hello")


def rows(full_name=NAME):
    owner, name = full_name.split("/")
    fields = ("id", "number", "title", "state", "labels", "author")
    issues = Repository.objects.named(owner, name).get().issues.order_by("number")
    return [tuple(values) for values in issues.values_list(*fields)]


def truth(github, full_name=NAME):
    return [
        (
            str(issue["id"]), number, issue["title"], issue["state"], [label["name"] for label in issue["labels"]],
            issue["user"]["login"],
        )
        for number, issue in sorted(github.issues_of(full_name).items())
    ]  # fmt: skip


def refetch(repository):
    """Fetch with the rows as another process would read them."""
    return fetch(Repository.objects.get(pk=repository.pk))


def make_read_due(repository):
    long_ago = timezone.now() - timedelta(days=2)
    Repository.objects.filter(pk=repository.pk).update(read_at=long_ago)


class TestFetch:
    def test_issues_are_stored_once(self, github, repository):
        assert fetch(repository) == 3
        assert refetch(repository) == 0
        assert rows() == truth(github)
        repository.refresh_from_db()
        assert (repository.outcome, repository.issue_count) == (Outcome.FETCHED, 3)
        assert repository.fetched_at and repository.read_at and not repository.has_failed

    def test_refresh_without_changes_is_one_conditional_request(self, github, repository):
        fetch(repository)
        github.requests.clear()
        refetch(repository)
        assert [request["status"] for request in github.requests] == [304]

    def test_changes_are_followed(self, github, repository):
        fetch(repository)
        github.change(NAME, 1, state="closed")
        github.change(NAME, 2, title="Another title", labels=[{"name": "ui"}, {"name": "help"}])
        github.open(NAME, pull_request={"url": "x"}, user={"login": "dependabot[bot]"})
        assert refetch(repository) == 1
        assert rows() == truth(github)
        assert Issue.objects.get(number=4).is_pull_request
        assert Issue.objects.get(number=1).closed_at == github.now
        repository.refresh_from_db()
        assert (repository.issue_count, repository.pull_request_count) == (2, 1)
        github.change(NAME, 1, state="open")
        refetch(repository)
        assert Issue.objects.get(number=1).closed_at is None

    @pytest.mark.parametrize("is_inclusive", [True, False])
    @pytest.mark.parametrize("seconds", [1, 30])
    def test_pages_lose_no_issue_that_changes_in_between(self, github, repository, seconds, is_inclusive):
        github.per_page, github.since_is_inclusive = 4, is_inclusive
        for _ in range(20):
            github.tick(seconds)
            github.open(NAME)
        changed = iter(range(1, 20, 3))

        def change_one():
            if number := next(changed, None):
                github.tick()
                github.change(NAME, number, title=f"Changed {number}")

        github.after_list = change_one
        fetch(repository)
        assert len(rows()) == 23
        github.after_list = lambda: None
        refetch(repository)
        assert rows() == truth(github)

    def test_vanished_and_transferred_issues_are_deleted_by_the_complete_read(self, github, repository):
        github.add("octocat/other")
        other = RepositoryFactory(owner="octocat", name="other")
        fetch(repository)
        github.delete(NAME, 1)
        github.transfer(NAME, 2, "octocat/other")
        refetch(repository)
        assert len(rows()) == 3
        make_read_due(repository)
        refetch(repository)
        fetch(other)
        assert rows() == truth(github)
        assert rows("octocat/other") == truth(github, "octocat/other")

    def test_issue_that_a_page_missed_is_kept(self, github, repository):
        fetch(repository)
        make_read_due(repository)
        # A server that omits an issue from its lists.
        hidden = github.issues_of(NAME).pop(2)
        github.after_list = lambda: github.issues_of(NAME).update({2: hidden})
        refetch(repository)
        assert len(rows()) == 3

    def test_repository_made_again_under_the_same_name_replaces_the_issues(self, github, repository):
        fetch(repository)
        github.add(NAME, issues=2)
        make_read_due(repository)
        refetch(repository)
        assert rows() == truth(github)

    def test_many_changes_of_one_second_are_all_read(self, github, repository):
        github.per_page = 5
        for _ in range(33):
            github.open(NAME)
        fetch(repository)
        assert rows() == truth(github)
        github.requests.clear()
        refetch(repository)
        assert [request["status"] for request in github.requests] == [304]

    def test_issue_that_moved_off_a_page_of_one_second_is_found_by_the_complete_read(self, github, repository):
        github.per_page = 5
        for _ in range(20):
            github.open(NAME)
        changed = iter(range(1, 24, 4))

        def change_one():
            if number := next(changed, None):
                github.tick()
                github.change(NAME, number)

        github.after_list = change_one
        fetch(repository)
        github.after_list = lambda: None
        make_read_due(repository)
        refetch(repository)
        assert rows() == truth(github)


class TestRename:
    def test_new_name_is_stored_and_used(self, github, repository):
        fetch(repository)
        github.rename(NAME, "Octo/World")
        github.open("Octo/World")
        assert refetch(repository) == 1
        repository.refresh_from_db()
        assert repository.full_name == "Octo/World"
        github.requests.clear()
        refetch(repository)
        assert [request["path"] for request in github.requests] == ["/repos/Octo/World/issues"]

    def test_repository_that_is_listed_twice_says_so(self, github, repository):
        github.rename(NAME, "octo/world")
        fetch(RepositoryFactory(owner="octo", name="world"))
        with pytest.raises(GitHubError):
            fetch(repository)
        repository.refresh_from_db()
        assert repository.outcome == Outcome.DUPLICATE
        assert not rows() and len(rows("octo/world")) == 3

    def test_watchers_of_a_duplicate_watch_the_kept_repository_once(self, github, repository, ana, bob):
        kept = RepositoryFactory(owner="octo", name="world")
        for person, watched in [(ana, repository), (bob, repository), (bob, kept)]:
            watch_repository(watched, actor=person)
        github.rename(NAME, "octo/world")
        for _ in range(2):
            with pytest.raises(GitHubError):
                refetch(repository)
            assert sorted(Watch.objects.values_list("user", "repository")) == [(ana.pk, kept.pk), (bob.pk, kept.pk)]


OUTCOMES = {
    "bad token": Outcome.UNAUTHORIZED,
    "forbidden": Outcome.FORBIDDEN,
    "not found": Outcome.NOT_FOUND,
    "disabled": Outcome.ISSUES_DISABLED,
    "blocked": Outcome.BLOCKED,
    "error": Outcome.SERVER_ERROR,
    "bad gateway": Outcome.SERVER_ERROR,
    "unavailable": Outcome.SERVER_ERROR,
    "secondary": Outcome.RATE_LIMITED,
    "secondary without a time": Outcome.RATE_LIMITED,
    "too many": Outcome.RATE_LIMITED,
    "page": Outcome.MALFORMED,
    "half": Outcome.MALFORMED,
    "object": Outcome.MALFORMED,
    "strange issues": Outcome.MALFORMED,
    "redirect elsewhere": Outcome.REDIRECTED,
    "link elsewhere": Outcome.REDIRECTED,
    "redirect to nothing": Outcome.MALFORMED,
    "drop": Outcome.INTERRUPTED,
    "cut off": Outcome.INTERRUPTED,
}


class TestFaults:
    def test_every_fault_has_an_outcome(self):
        assert set(OUTCOMES) == {*FAULTS, "drop", "cut off"}

    @pytest.mark.parametrize("place", [0, 1, 2])
    @pytest.mark.parametrize("fault", OUTCOMES)
    def test_fetch_continues_after_a_fault_at_any_page(self, github, repository, fault, place):
        github.per_page = 2
        for _ in range(6):
            github.tick(5)
            github.open(NAME)
        repeats = 4 if fault == "redirect to nothing" else 1
        github.faults = [None] * place + [fault] * repeats
        with pytest.raises(GitHubError) as raised:
            fetch(repository)
        assert raised.value.outcome == OUTCOMES[fault]
        repository.refresh_from_db()
        assert repository.outcome == OUTCOMES[fault] and repository.has_failed
        assert str(repository.get_outcome_display()) != repository.outcome
        assert len(rows()) >= 2 * place - 2 * (place > 0)
        Repository.objects.update(limited_until=None)
        refetch(repository)
        assert rows() == truth(github)
        repository.refresh_from_db()
        assert (repository.outcome, repository.failures) == (Outcome.FETCHED, 0)

    def test_unreachable_server_is_an_outcome(self, repository, settings):
        settings.GITHUB_API_URL = "http://127.0.0.1:1"
        with pytest.raises(GitHubError):
            fetch(repository)
        repository.refresh_from_db()
        assert repository.outcome == Outcome.UNREACHABLE

    def test_temporary_failures_are_retried_at_growing_intervals(self, github, repository):
        waits = []
        for _ in range(5):
            github.faults = ["error"]
            assert not fetch_slice(Repository.objects.get())
            waits.append(round((Repository.objects.get().next_fetch_at - timezone.now()) / RETRY_AFTER))
        assert waits == [1, 2, 4, 8, FETCH_EVERY / RETRY_AFTER]

    @pytest.mark.parametrize("url", ["https://former.example/repos/octocat/hello/issues?page=2", "{}/repositories/9"])
    def test_url_of_a_next_page_that_is_no_longer_valid_is_given_up(self, github, repository, url):
        Repository.objects.update(next_url=url.format(github.url))
        with pytest.raises(GitHubError):
            refetch(repository)
        refetch(repository)
        assert rows() == truth(github)

    def test_two_concurrent_steps_are_one(self, github, repository):
        late = Repository.objects.get()
        fetch(repository)
        with pytest.raises(StaleStep):
            take_step(late)
        assert rows() == truth(github)

    def test_removed_repository_is_not_fetched(self, github, repository):
        request_fetch(repository)
        repository.delete()
        run_due_everywhere()
        assert not Issue.objects.exists() and not github.requests


class TestLimits:
    def test_all_repositories_wait_until_the_reset(self, github, repository):
        github.add("octocat/other", issues=1)
        other = RepositoryFactory(owner="octocat", name="other")
        github.remaining, github.reset_at = 0, int((timezone.now() + timedelta(minutes=20)).timestamp())
        assert not fetch_slice(repository)
        assert not fetch_slice(other)
        assert len(github.requests) == 1
        for row in Repository.objects.all():
            assert row.outcome == Outcome.RATE_LIMITED
            assert abs(row.next_fetch_at.timestamp() - github.reset_at) <= 1
        enqueue_fetches()
        (job,) = Job.objects.all()
        assert job.task == "repositories.tasks.notify_administrators" and abs(job.args[0] - github.reset_at) <= 1
        github.remaining = 10
        Repository.objects.update(limited_until=timezone.now(), next_fetch_at=timezone.now())
        run_due_everywhere()
        assert Repository.objects.filter(outcome=Outcome.FETCHED).count() == 2

    def test_fetch_goes_on_over_several_limits(self, github, repository):
        github.per_page = 1
        for _ in range(5):
            github.tick(5)
            github.open(NAME)
        for _ in range(20):
            github.remaining = 2
            fetch_slice(Repository.objects.get())
            Repository.objects.update(limited_until=None)
        github.remaining = None
        refetch(repository)
        assert rows() == truth(github)

    @pytest.mark.parametrize(("fault", "seconds"), [("secondary", 120), ("secondary without a time", 60)])
    def test_secondary_limits_are_obeyed(self, github, repository, fault, seconds):
        github.faults = [fault]
        fetch_slice(repository)
        wait = Repository.objects.limited_until() - timezone.now()
        assert seconds - 2 <= wait.total_seconds() <= seconds

    def test_administrators_are_notified_once_of_each_limit(self, github, repository, root):
        UserFactory(is_staff=True)  # may not fetch
        gone = UserFactory(is_staff=True, is_superuser=True)
        suspend_user(gone, actor="the site")
        other, start = RepositoryFactory(owner="octocat", name="other"), timezone.now()

        def limit(minutes):
            """Let both repositories be limited by the same reset, as by two processes at once."""
            github.remaining, github.reset_at = 0, int((start + timedelta(minutes=minutes)).timestamp())
            for one in (repository, other):
                Repository.objects.update(limited_until=None)
                fetch_slice(Repository.objects.get(pk=one.pk))
                run_due_everywhere()
            return Notification.objects.get()

        first = limit(20)
        assert (first.user, first.kind) == (root, "github_limit")
        mark_notification_as_read(first)
        # The same reset, however long ago the notification is; the times that responses name differ by seconds.
        Notification.objects.update(created_at=timezone.now() - timedelta(days=2))
        for minutes in (20, 20.05, 10):
            assert limit(minutes).pk == first.pk and unread(root) == (0, 0)
        # A later one, however soon after the first.
        Notification.objects.update(created_at=timezone.now())
        second = limit(25)
        assert second.read_at is None and unread(root) == (0, 1)
        mark_notification_as_read(second)
        assert limit(25).pk == second.pk and unread(root) == (0, 0)

    def test_notification_leads_to_the_repositories_in_the_admin(self, root_client, root):
        tasks.notify_administrators(int(timezone.now().timestamp()))
        opened = root_client.get(f"/notifications/{Notification.objects.get().pk}")
        assert opened["Location"] == "/admin/repositories/repository/"
        assert (
            "GitHub limits the requests of this site"
            in root_client.get("/notifications", headers={"Accept": "text/html"}).content.decode()
        )


class TestSchedule:
    def test_due_repositories_are_fetched_every_hour(self, github, repository):
        enqueue_fetches()
        enqueue_fetches()
        assert Job.objects.count() == 1
        run_due_everywhere()
        assert rows() == truth(github)
        wait = Repository.objects.get().next_fetch_at - timezone.now()
        assert timedelta(minutes=59) < wait <= FETCH_EVERY
