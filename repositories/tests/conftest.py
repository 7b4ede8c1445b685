import pytest

from repositories import client
from repositories.models import Issue
from tests.helpers.github import run_github


@pytest.fixture
def github(settings):
    """Run a server that imitates GitHub, and let the site use it."""
    with run_github() as server:
        settings.GITHUB_API_URL, settings.GITHUB_URL = server.url, "https://github.com"
        yield server
        client.get_client().session.close()
        client._client.cache_clear()


def compare(github, pk, full_name):
    """Return the issues of a repository as they are stored, and as GitHub has them."""
    fields = ("id", "number", "title", "state", "labels__0", "author", "updated_at")
    stored = Issue.objects.filter(repository=pk).values_list(*fields)
    true = github.issues_of(full_name).values()
    return {(*row[:-1], row[-1].strftime("%Y-%m-%dT%H:%M:%SZ")) for row in stored}, {
        (
            str(issue["id"]), issue["number"], issue["title"], issue["state"], issue["labels"][0]["name"],
            issue["user"]["login"], issue["updated_at"],
        )
        for issue in true
    }  # fmt: skip
