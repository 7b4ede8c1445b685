"""Likes and bookmarks in a browser."""

import pytest
from playwright.sync_api import expect

from accounts.tests.factories import UserFactory
from posts.models import Bookmark, Like
from posts.services import hide_post
from posts.tests.factories import PostFactory
from tests.helpers.browser import assert_no_findings, assert_nothing_sticks_out

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def post():
    return PostFactory(author=UserFactory(username="bob"), body="Rain in May.")


def test_like_and_bookmark_without_scripts(visit, ana, post):
    page = visit(ana, java_script_enabled=False)
    page.goto("/explore")
    for name in ("Like the post by bob", "Bookmark the post by bob"):
        button = page.get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-pressed", "false")
        button.click()
        expect(page).to_have_url(f"{page.url.partition('/explore')[0]}/explore#post{post.pk}")
        expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="1 like", exact=True).click()
    expect(page.get_by_role("main").get_by_role("link", name="ana", exact=True)).to_be_visible()
    page.goto("/bookmarks")
    page.get_by_role("button", name="Bookmark the post by bob").click()
    expect(page.get_by_role("heading", name="No bookmarks yet")).to_be_visible()


def test_like_by_keyboard_is_shown_at_once_and_keeps_the_focus(visit, ana, post):
    page = visit(ana)
    page.goto("/explore")
    waiting = []

    def hold_first(route):
        if waiting:
            route.continue_()
        waiting.append(route)

    page.route(f"**/post/{post.pk}/*", hold_first)
    button = page.get_by_role("button", name="Like the post by bob")
    button.focus()
    page.keyboard.press("Enter")
    # The server has not answered yet.
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-count]")).to_have_text("1")
    expect(page.locator("[data-announcer]")).to_have_text("You like this post.")
    assert not Like.objects.exists()
    # A second press during the request is sent after it.
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert len(waiting) == 1
    with page.expect_response(f"**/post/{post.pk}/unlike"):
        waiting[0].continue_()
    expect(button).to_be_focused()
    expect(page.locator("[data-count]")).to_be_hidden()
    assert Like.objects.get().undone_at is not None
    with page.expect_response(f"**/post/{post.pk}/bookmark"):
        page.get_by_role("button", name="Bookmark the post by bob").press("Enter")
    assert Bookmark.objects.filter(user=ana, post=post).exists()


@pytest.fixture
def window(browser, live_server, client, ana, post, settings):
    """Open a window of ana without the check for console errors: the browser logs failed requests."""
    client.force_login(ana)
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto("/explore")
    yield page
    context.close()


def test_like_after_the_session_ended_leads_to_sign_in(window):
    window.context.clear_cookies(name="sessionid")
    window.get_by_role("button", name="Like the post by bob").click()
    expect(window.get_by_role("heading", name="Sign In")).to_be_visible()


@pytest.mark.parametrize("failure", ["refused", "offline"])
def test_refused_like_is_reverted_with_the_reason(window, post, failure):
    page = window
    if failure == "refused":
        hide_post(post, actor=UserFactory(is_staff=True), reason="Spam")
    else:
        page.context.set_offline(True)
    button = page.get_by_role("button", name="Like the post by bob")
    button.click()
    reason = {
        "refused": "This post is no longer available.",
        "offline": "This did not work. Check your connection and try again.",
    }[failure]
    expect(page.locator(".mb-reaction__error")).to_have_text(reason)
    expect(page.locator("[data-announcer]")).to_have_text(reason)
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-count]")).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_of_reactions_are_accessible_and_fit(visit, ana, post, language):
    ana.language = language
    ana.save(update_fields=["language"])
    page = visit(ana, viewport={"width": 360, "height": 800}, has_touch=True)
    page.goto("/explore")
    for button in page.locator("[data-react]").all():
        with page.expect_response(f"**/post/{post.pk}/*"):
            button.click()
    for path in ("/explore", f"/post/{post.pk}", f"/post/{post.pk}/likes", "/likes", "/bookmarks"):
        page.goto(path)
        assert_no_findings(page, path)
        assert_nothing_sticks_out(page, path)
    page.goto("/explore")
    boxes = [button.bounding_box() for button in page.locator("[data-react], [data-count]").all()]
    assert len(boxes) == 3
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes), boxes
