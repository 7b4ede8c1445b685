import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from jobs.models import Job
from jobs.worker import run_due_everywhere
from repositories.models import Issue, Repository, Watch
from repositories.services import enqueue_fetches, request_fetch

pytestmark = pytest.mark.django_db


def test_demo_writes_repositories_that_are_never_fetched():
    call_command("demo", users=12, posts=0, verbosity=0)
    assert Repository.objects.count() == 2 and Issue.objects.count() >= 12
    assert not Repository.objects.due().exists()
    for repository in Repository.objects.all():
        open_ones = repository.issues.in_state("open")
        assert repository.issue_count == open_ones.without_pull_requests().count() > 0
        assert repository.pull_request_count == open_ones.pull_requests().count() > 0
        assert repository.issues.in_state("closed").exists()
        assert all(issue.opened_at < timezone.now() for issue in repository.issues.all())
    assert set(Watch.objects.values_list("user__username", flat=True)) > {"susan"}


def test_small_demo_has_the_watches_of_its_people_only():
    call_command("demo", users=1, posts=0, verbosity=0)
    assert set(Watch.objects.values_list("user__username", flat=True)) == {"susan"}


def test_nothing_requests_a_demo_repository_from_github(github, client):
    call_command("demo", users=1, posts=0, verbosity=0)
    client.force_login(User.objects.get(username="susan"))
    call_command("repositories", "refresh", "--all")
    enqueue_fetches()
    for repository in Repository.objects.all():
        request_fetch(repository)
        for options in ([], ["--dry-run"]):
            with pytest.raises(CommandError, match="not on GitHub"):
                call_command("repositories", "fetch_issues", repository.pk, *options)
        page = client.get(repository.get_absolute_url()).content.decode()
        assert "Fetch now" not in page and "Open on GitHub" not in page
    assert not Job.objects.filter(task__contains="fetch_issues").exists()
    run_due_everywhere()
    assert github.requests == []
    call_command("repositories", "list", "--json")
