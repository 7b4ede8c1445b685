"""Links in posts and entries that lead to pages of repositories."""

import pytest
from django.test import Client

from blog.tests.factories import EntryFactory
from posts.tests.factories import PostFactory
from repositories.tests.factories import RepositoryFactory

pytestmark = pytest.mark.django_db
HERE = 'href="/repositories/octocat/hello"'
THERE = 'href="https://github.com/octocat/hello"'


def shown(client, path):
    return client.get(path).content.decode()


def test_post_links_to_the_page_while_the_site_knows_the_repository(
    ana_client, ana, bob, django_capture_on_commit_callbacks
):
    PostFactory(author=bob, body="https://github.com/octocat/hello and https://github.com/octocat/other")
    PostFactory(author=bob, body="github.com/OctoCat/Hello.git https://github.com/octocat/hello/issues/1")
    page = shown(ana_client, "/explore")
    assert THERE in page and HERE not in page
    with django_capture_on_commit_callbacks(execute=True):
        hello = RepositoryFactory(name="hello")
    page = shown(ana_client, "/explore")
    assert page.count(HERE) == 2 and THERE not in page
    assert 'href="https://github.com/octocat/other"' in page and f"{THERE[:-1]}/issues/1" in page
    with django_capture_on_commit_callbacks(execute=True):
        hello.delete()
    assert HERE not in shown(ana_client, "/explore")


def test_entry_links_to_the_page_for_members_alone(ana_client, ana, settings):
    RepositoryFactory(name="hello")
    path = EntryFactory(author=ana, body="[a](https://github.com/octocat/hello)").get_absolute_url()
    assert HERE in shown(ana_client, path)
    for url in (path, "/latest.atom"):
        page = shown(Client(), url)
        assert "https://github.com/octocat/hello" in page and "/repositories/octocat" not in page
