"""The time zone that Preferences suggests."""

import pytest

from accounts.tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("of_browser", "value", "label"),
    [("Asia/Tokyo", "Asia/Tokyo", "Tokyo (UTC+09:00)"), ("Asia/Calcutta", "Asia/Kolkata", "Kolkata (UTC+05:30)")],
)
def test_zone_of_the_browser_is_suggested_by_its_current_name(visit, of_browser, value, label):
    page = visit(UserFactory(), timezone_id=of_browser)
    page.goto("/settings/preferences")
    suggested = page.locator("optgroup[label=Suggested] option")
    assert (suggested.get_attribute("value"), suggested.text_content()) == (value, label)
    assert page.get_by_label("Time zone").input_value() == ""
    page.get_by_label("Time zone").select_option(value)
    page.get_by_role("button", name="Submit").click()
    page.get_by_text("Your changes have been saved.").wait_for()
    page.wait_for_load_state()
    assert page.get_by_label("Time zone").input_value() == value
    assert suggested.count() == 0
