"""Watching a repository in a browser."""

import pytest
from playwright.sync_api import expect

from accounts.tests.factories import UserFactory
from repositories.models import Watch
from repositories.tests.factories import RepositoryFactory
from tests.helpers.browser import assert_no_findings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_keyboard_alone_watches_and_unwatches(visit, scripts):
    RepositoryFactory(name="hello")
    page = visit(UserFactory(username="ana"), java_script_enabled=scripts, bypass_csp=True)
    page.goto("/repositories/octocat/hello")
    for before, after, is_watched in [("Watch", "Unwatch", True), ("Unwatch", "Watch", False)]:
        page.get_by_role("button", name=f"{before} octocat/hello", exact=True).focus()
        page.keyboard.press("Enter")
        button = page.get_by_role("button", name=f"{after} octocat/hello", exact=True)
        expect(button).to_be_visible()
        assert Watch.objects.exists() == is_watched
        if scripts:
            expect(button).to_be_focused()
            assert_no_findings(page, after)
