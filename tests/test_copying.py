"""Copy buttons."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_new_token_is_copied_and_announced(visit, settings):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = False
    page = visit(UserFactory(), permissions=["clipboard-read", "clipboard-write"])
    page.clock.install()
    page.goto("/settings/tokens")
    page.get_by_label("Name").fill("reader")
    page.locator("#submit-id-submit").click()
    button = page.get_by_role("button", name="Copy the token")
    button.wait_for()
    page.wait_for_load_state()
    # The confirmation stays, because only run_for() advances the clock.
    page.clock.pause_at(timezone.now() + timedelta(hours=1))
    button.click()
    page.get_by_role("status").filter(has_text="Token copied").first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#new-token").text_content()
