"""Watched repositories in the archive of a user's data."""

import json

import pytest

from api.fields import format_time
from repositories.tests.factories import RepositoryFactory, WatchFactory
from tests.helpers.exports import export_of

pytestmark = pytest.mark.django_db


def test_archive_has_the_watched_repositories(susan):
    watch = WatchFactory(user=susan, repository__name="hello")
    WatchFactory(repository=RepositoryFactory(name="other"))
    archive = export_of(susan)
    assert json.loads(archive.read("watched_repositories.json"))["watched_repositories"] == [
        {
            "name": "octocat/hello",
            "url": "https://github.com/octocat/hello",
            "since": format_time(watch.created_at),
        }
    ]
    assert "octocat/hello" in archive.read("pages/watched_repositories-1.html").decode()
