import pytest
from django.core.management import call_command
from django.utils import timezone

from repositories.models import Issue, Repository, Watch

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
