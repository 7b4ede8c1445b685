"""Background requests of a page, in a browser."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.tests.factories import UserFactory
from posts.tests.factories import PostFactory
from relationships.services import follow_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOW = (
    "isHidden => { Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });"
    " document.dispatchEvent(new Event('visibilitychange')); }"
)


@pytest.fixture
def home(visit, ana):
    """Open home in a browser whose clock can be moved; the user has one post."""
    PostFactory(author=ana)
    page = visit(ana)
    page.clock.install()
    page.goto("/")
    return page


def test_ended_session_leaves_the_page_unchanged(home):
    home.context.clear_cookies(name="sessionid")
    with home.expect_response("**/new_posts*") as caught:
        home.clock.run_for(31_000)
    assert caught.value.headers["hx-redirect"].startswith("/auth/login")
    home.get_by_label("Say something").fill("Still here.")
    expect(home.get_by_label("Say something")).to_have_value("Still here.")
    assert home.url.endswith("/")


def test_hidden_page_polls_for_new_posts_when_it_is_shown_again(home, ana):
    requests = []
    home.on("request", lambda request: requests.append(request.url) if "/new_posts" in request.url else None)
    home.evaluate(SHOW, True)
    PostFactory(author=ana)
    home.clock.run_for(120_000)
    # From here on there are no later polls.
    home.clock.pause_at(timezone.now() + timedelta(hours=1))
    assert requests == []
    home.evaluate(SHOW, False)
    expect(home.get_by_role("link", name="1 new post")).to_be_visible()
    assert len(requests) == 1


def test_unchanged_number_of_new_posts_is_not_announced_again(home, ana):
    PostFactory(author=ana)
    home.clock.run_for(31_000)
    link = home.get_by_role("link", name="1 new post")
    link.evaluate("link => { link.isFirst = true }")
    with home.expect_response("**/new_posts*"):
        home.clock.run_for(31_000)
    PostFactory(author=ana)
    with home.expect_response("**/new_posts*"):
        assert link.evaluate("link => link.isFirst")
        home.clock.run_for(31_000)
    assert not home.get_by_role("link", name="2 new posts").evaluate("link => link.isFirst")


def test_popover_that_arrives_after_the_pointer_has_left_is_not_shown(home, ana):
    name = home.locator("article .user_popup a")
    held = []
    home.route("**/popup", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handlers
    with home.expect_request("**/popup"):
        name.hover()
        home.clock.run_for(1100)
    home.get_by_role("heading", level=1).hover()
    with home.expect_response("**/popup"):
        held.pop().continue_()
    expect(home.locator(".popover")).to_have_count(0)
    home.unroute("**/popup")
    name.hover()
    home.clock.run_for(1100)
    expect(home.locator(".popover")).to_contain_text("ana")


def test_list_with_focus_in_it_is_not_replaced(visit, ana):
    follow_user(ana, actor=UserFactory(username="bob"))
    page = visit(ana)
    page.clock.install()
    page.goto("/notifications")
    page.get_by_role("button", name="Mark as read", exact=True).focus()
    follow_user(ana, actor=UserFactory(username="eve"))
    with page.expect_response("**/notifications"):
        page.clock.run_for(10_100)
    expect(page.get_by_role("button", name="Mark as read", exact=True)).to_be_focused()
    expect(page.locator("#notifications")).not_to_contain_text("eve")
    page.get_by_role("heading", level=1).click()
    follow_user(ana, actor=UserFactory(username="joe"))
    page.clock.run_for(10_100)
    expect(page.locator("#notifications")).to_contain_text("joe and 2 others followed you")
    expect(page.locator("[data-announcer]")).to_have_text("The list was updated.")
