"""Exporting a user's data in a browser."""

import json
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from accounts.tests.factories import UserFactory
from exports import slices
from exports.models import Export
from jobs.models import Queue
from jobs.worker import run_due
from posts.tests.factories import PostFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    """Use a separate folder for archives."""
    options = settings.STORAGES["exports"] | {"OPTIONS": {"location": tmp_path / "exports"}}
    settings.STORAGES = settings.STORAGES | {"exports": options}


@pytest.fixture
def author():
    ana = UserFactory(username="ana")
    PostFactory(author=ana, body="The night train to Lisbon is back.")
    return ana


def read_posts(download):
    with ZipFile(download.path()) as archive:
        return [post["body"] for post in json.loads(archive.read("posts.json"))["posts"]]


def test_progress_of_an_export_is_on_every_page_and_its_archive_is_downloaded(visit, author, monkeypatch):
    monkeypatch.setattr(slices, "SLICE_SECONDS", 0)
    page = visit(author)
    page.goto("/user/ana")
    page.get_by_role("button", name="Export your posts").click()
    bar = page.locator("#export")
    expect(bar).to_contain_text("Exporting posts... 0%")
    expect(page.get_by_role("button", name="Export your posts")).to_have_count(0)
    page.goto("/explore")
    run_due(Queue.TASKS, seconds=-1)
    expect(bar.get_by_role("progressbar")).to_have_attribute("value", "99")
    run_due(Queue.TASKS, seconds=60)
    expect(page.get_by_text("Your archive is ready.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.startswith("microblog-ana-")
    assert read_posts(download.value) == ["The night train to Lisbon is back."]


def test_failed_export_says_why_and_can_be_retried(visit, author):
    page = visit(author)
    page.goto("/user/ana")
    page.get_by_role("button", name="Export your posts").click()
    expect(page.locator("#export")).to_contain_text("Exporting posts...")
    slices.end_export(Export.objects.get(), Export.State.FAILED, failure=Export.Failure.NO_SPACE)
    expect(page.get_by_role("alert")).to_contain_text("The export failed. The site has no room left for files")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#export")).to_contain_text("Exporting posts...")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The export was cancelled.")).to_be_visible()


def test_export_works_without_scripts(visit, author):
    page = visit(author, java_script_enabled=False)
    page.goto("/settings/exports")
    page.get_by_role("button", name="Export your posts").click()
    expect(page.locator("#export")).to_contain_text("Exporting posts... 0%")
    run_due(Queue.TASKS, seconds=60)
    page.goto("/settings/exports")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert read_posts(download.value) == ["The night train to Lisbon is back."]
    # The pages in it open without a server.
    with ZipFile(download.value.path()) as archive:
        assert "pages/posts-1.html" in archive.read("index.html").decode()
