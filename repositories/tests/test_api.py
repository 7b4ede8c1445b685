"""Repositories, issues and watches in the API."""

import pytest
from django.utils import timezone

from repositories.models import Repository, Watch
from repositories.tests.factories import IssueFactory, RepositoryFactory
from tests.helpers.clients import item_ids

pytestmark = pytest.mark.django_db


@pytest.fixture
def hello(db):
    return RepositoryFactory(name="hello", description="<b>", outcome="not_found", attempted_at=timezone.now())


def numbers(response):
    assert response.status_code == 200
    return [item["number"] for item in response.json()["items"]]


def test_repositories_are_listed_and_shown_with_their_outcome(as_ana, hello):
    other = RepositoryFactory()
    assert item_ids(as_ana.get("/api/repositories")) == [other.pk, hello.pk]
    shown = as_ana.get(f"/api/repositories/{hello.pk}").json()
    assert shown["attempted_at"]
    assert shown | {"attempted_at": None} == {
        "id": hello.pk,
        "owner": "octocat",
        "name": "hello",
        "description": "<b>",
        "issue_count": 0,
        "pull_request_count": 0,
        "outcome": "not_found",
        "outcome_text": str(Repository.Outcome.NOT_FOUND.label),
        "attempted_at": None,
        "fetched_at": None,
        "is_watched": False,
        "_links": {
            "self": f"/api/repositories/{hello.pk}",
            "issues": f"/api/repositories/{hello.pk}/issues",
            "html": "/repositories/octocat/hello",
            "github": "https://github.com/octocat/hello",
        },
    }
    for path in ("", "/issues", "/watch"):
        assert as_ana.get(f"/api/repositories/999999{path}").status_code == (405 if path == "/watch" else 404)


def test_issues_are_filtered_by_state_and_links_keep_the_filter(as_ana, hello):
    for number in range(1, 7):
        IssueFactory(repository=hello, number=number, state="closed" if number % 2 else "open")
    IssueFactory()
    path = f"/api/repositories/{hello.pk}/issues"
    assert numbers(as_ana.get(path)) == [6, 5, 4, 3, 2, 1]
    first = as_ana.get(f"{path}?state=open&limit=2")
    assert numbers(first) == [6, 4]
    second = as_ana.get(first.json()["_links"]["next"])
    assert numbers(second) == [2]
    assert numbers(as_ana.get(second.json()["_links"]["prev"])) == [6, 4]
    refused = as_ana.get(f"{path}?state=all")
    assert (refused.status_code, refused.json()["errors"][0]["detail"]) == (400, "must be open or closed")
    (issue,) = second.json()["items"]
    assert issue["_links"] == {"github": "https://github.com/octocat/hello/issues/2"}
    assert (issue["state"], issue["labels"], issue["closed_at"]) == ("open", ["bug"], None)


def test_watch_is_set_and_ended_any_number_of_times(as_ana, ana, hello):
    path = f"/api/repositories/{hello.pk}"
    for _twice in range(2):
        assert as_ana.put(f"{path}/watch").status_code == 204
    assert Watch.objects.get().user == ana and as_ana.get(path).json()["is_watched"] is True
    for _twice in range(2):
        assert as_ana.delete(f"{path}/watch").status_code == 204
    assert as_ana.get(path).json()["is_watched"] is False


def test_watches_are_limited_together_with_the_pages(as_ana, hello, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "edit": "1/10m/user"}
    statuses = [as_ana.put(f"/api/repositories/{hello.pk}/watch").status_code for _twice in range(2)]
    assert statuses == [204, 429]
