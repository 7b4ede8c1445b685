"""Links in posts and entries that lead to pages of repositories."""

from html import escape

import pytest
from django.core.management import call_command
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


@pytest.mark.parametrize("part", ["#install", "?tab=readme&a=b", "/#readme", ".git?a", "#"])
def test_url_of_a_part_of_the_page_on_github_leads_to_github(ana_client, ana, part):
    RepositoryFactory(name="hello")
    url = f"https://github.com/octocat/hello{part}"
    PostFactory(author=ana, body=url)
    entry = EntryFactory(author=ana, body=f"[a]({url})")
    for path in ("/explore", entry.get_absolute_url()):
        page = shown(ana_client, path)
        assert f'href="{escape(url)}"' in page and HERE not in page


@pytest.mark.django_db(transaction=True)
def test_frozen_copy_keeps_the_link_to_github(ana_client, ana, tmp_path):
    RepositoryFactory(name="hello")
    entry = EntryFactory(author=ana, body="[a](https://github.com/octocat/hello)")
    assert HERE in shown(ana_client, entry.get_absolute_url())
    call_command("freeze", output=tmp_path / "build", base_url="https://blog.example", verbosity=0)
    pages = [file.read_text() for file in (tmp_path / "build").rglob("*.*") if file.suffix in (".html", ".atom")]
    assert any(THERE in page for page in pages)
    assert not any("/repositories/octocat" in page for page in pages)


def test_entry_links_to_the_page_for_members_alone(ana_client, ana, settings):
    RepositoryFactory(name="hello")
    path = EntryFactory(author=ana, body="[a](https://github.com/octocat/hello)").get_absolute_url()
    assert HERE in shown(ana_client, path)
    for url in (path, "/latest.atom"):
        page = shown(Client(), url)
        assert "https://github.com/octocat/hello" in page and "/repositories/octocat" not in page
