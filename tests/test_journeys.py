"""End-to-end tests in a browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.tests.factories import UserFactory
from posts.models import Post
from posts.tests.factories import PostFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def register(page: Page, username: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Click to Register!").click()
    page.get_by_label("Username", exact=True).fill(username)
    page.get_by_label("Email").fill(f"{username}@example.com")
    page.get_by_label("Password", exact=True).fill("measures twice")
    page.get_by_label("Repeat Password").fill("measures twice")
    page.locator("form").get_by_role("button", name="Register").click()
    expect(page.get_by_text("Congratulations, you are now a registered user!")).to_be_visible()


def open_menu(page: Page) -> None:
    page.locator("summary", has_text="Menu").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", [1280, 360])
def test_new_user_signs_up_writes_follows_and_reads(visit, scripts, width):
    bob = UserFactory(username="bob", about_me="Trains, mostly.")
    PostFactory(author=bob, body="The night train to Lisbon is back.")
    page = visit(java_script_enabled=scripts, viewport={"width": width, "height": 800})
    register(page, "susan")

    # An empty timeline links to people.
    expect(page.get_by_role("heading", name="Your timeline is empty")).to_be_visible()
    page.get_by_label("Say something").fill("Measured twice today.\nShipped once, @bob.")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Your post is now live!")).to_be_visible()
    expect(page.locator("article").first).to_contain_text("Measured twice today.")

    page.get_by_role("link", name="@bob").click()
    expect(page.get_by_role("heading", name="User: bob")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Follow bob").click()
    expect(page.get_by_role("main").get_by_role("button", name="Unfollow bob")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("1 follower", exact=False).first).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("The night train to Lisbon is back.")).to_be_visible()

    own = page.locator("article", has_text="Measured twice today.")
    own.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Say something")).to_have_value("Measured twice today.\nShipped once, @bob.")
    page.get_by_label("Say something").fill("Measured thrice today.")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("article")).to_contain_text("Measured thrice today.")
    expect(page.locator("article")).to_contain_text("edited")
    page.locator("article").get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Your post was deleted.")).to_be_visible()

    open_menu(page)
    page.get_by_role("button", name="Logout").click()
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()
    page.get_by_label("Username or email").fill("SUSAN")
    page.get_by_label("Password", exact=True).fill("measures twice")
    page.get_by_role("button", name="Sign In", exact=True).click()
    expect(page.get_by_role("heading", name="Hi, susan!")).to_be_visible()
    assert Post.objects.count() == 1
    assert list(User.objects.followed_by(User.objects.by_username("susan").get())) == [bob]


def test_everything_works_by_keyboard(visit):
    bob = UserFactory(username="bob")
    PostFactory(author=bob)
    page = visit(UserFactory(username="ana"))
    press = page.keyboard.press

    def expect_page(text: Locator) -> None:
        """Wait for the next page and its scripts, which listen to keys."""
        expect(text).to_be_visible()
        page.wait_for_load_state()

    def tab_to(name: str, most: int = 60) -> None:
        for _ in range(most):
            press("Tab")
            focused = page.evaluate(
                "document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.textContent"
                " || document.activeElement.textContent"
            )
            if focused.strip().startswith(name):
                return
        raise AssertionError(f"{name} was not reached")

    page.goto("/")
    press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    press("Enter")
    tab_to("Say something")
    page.keyboard.type("Typed, not clicked.")
    press("Control+Enter")
    expect_page(page.get_by_text("Your post is now live!"))

    tab_to("Explore")
    press("Enter")
    expect_page(page.get_by_text("Thought number"))
    tab_to("bob")
    # The popover opens by focus as by hovering; Escape closes it.
    expect(page.locator(".popover")).to_contain_text("0 followers")
    press("Escape")
    expect(page.locator(".popover")).to_have_count(0)
    press("Enter")
    expect_page(page.get_by_role("heading", name="User: bob"))
    tab_to("Follow bob")
    press("Enter")
    expect(page.get_by_role("main").get_by_role("button", name="Unfollow bob")).to_be_focused()

    press("Home")
    page.locator("summary").focus()
    press("Enter")
    expect(page.get_by_role("link", name="Settings")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("link", name="Settings")).to_be_hidden()
    press("Enter")
    tab_to("Logout")
    press("Enter")
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()


def test_popover_opens_after_a_delay_and_has_a_follow_button(visit):
    ana, bob = UserFactory(username="ana"), UserFactory(username="bob", about_me="Trains, mostly.")
    PostFactory(author=bob)
    page = visit(ana)
    page.clock.install()
    page.goto("/explore")
    # Only run_for() advances the clock.
    page.clock.pause_at(timezone.now() + timedelta(hours=1))
    name = page.locator("article").get_by_role("link", name="bob").last
    name.hover()
    page.clock.run_for(900)
    card = page.locator(".popover")
    expect(card).to_have_count(0)
    page.clock.run_for(200)
    expect(card).to_contain_text("Trains, mostly.")
    button = card.get_by_role("button", name="Follow bob")
    button.hover()
    page.clock.run_for(2000)
    expect(card).to_be_visible()
    button.click()
    expect(card.get_by_role("button", name="Unfollow bob")).to_be_visible()
    page.get_by_role("heading", level=1).hover()
    page.clock.run_for(2000)
    expect(card).to_have_count(0)
    assert list(User.objects.followed_by(ana)) == [bob]


def test_new_posts_are_announced_without_scrolling_the_page(visit):
    ana = UserFactory(username="ana")
    PostFactory(author=ana, body="read this")
    page = visit(ana)
    page.clock.install()
    page.goto("/")
    PostFactory.create_batch(3, author=ana)
    page.clock.run_for(31_000)
    bar = page.get_by_role("link", name="3 new posts")
    expect(bar).to_be_visible()
    expect(page.locator("article")).to_have_count(1)
    bar.click()
    expect(page.locator("article")).to_have_count(4)


def test_empty_timeline_offers_posts_of_a_user_followed_there_at_once(visit):
    bob = UserFactory(username="bob")
    PostFactory(author=bob, body="read this")
    page = visit(UserFactory())
    page.goto("/")
    page.get_by_role("main").get_by_role("button", name="Follow bob").click()
    page.get_by_role("link", name="1 new post").click()
    expect(page.locator("article")).to_contain_text("read this")


def test_draft_is_kept_until_it_is_sent_and_counted_in_graphemes(visit):
    page = visit(UserFactory(username="ana"))
    page.goto("/")
    field, number = page.get_by_label("Say something"), page.locator("[data-counter-number]")
    field.fill("e\u0301" * 10 + "\U0001f469\u200d\U0001f469\u200d\U0001f467")
    expect(number).to_have_text("129")
    page.goto("/explore")
    page.goto("/")
    expect(field).to_have_value(re.compile("^é?e?"))
    expect(number).to_have_text("129")
    field.fill("x" * 141)
    expect(number).to_have_text(re.compile("^[-−]1$"))
    field.fill("Done.")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("Your post is now live!")).to_be_visible()
    expect(field).to_have_value("")


def test_browser_and_server_count_about_me_alike(visit):
    page = visit(UserFactory(username="ana"))
    page.goto("/edit_profile")
    field, button = page.get_by_label("About me"), page.get_by_role("button", name="Submit")
    field.fill("x" * 141)
    button.click()
    assert field.evaluate("field => field.validationMessage") == "The text is too long. (141 / 140)"
    field.fill("e\u0301" * 100 + "\n\n\n\n" + "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 38)
    button.click()
    expect(page.get_by_text("Your changes have been saved.")).to_be_visible()
    page.wait_for_load_state()
    field.fill(field.input_value() + "x")
    assert not field.evaluate("field => field.checkValidity()")


def test_draft_outlives_a_session_and_is_deleted_at_sign_out(visit):
    page = visit(UserFactory(username="ana", password="measures twice"))
    page.goto("/")
    field = page.get_by_label("Say something")
    field.fill("Half a thought")

    def sign_in():
        page.get_by_label("Username or email").fill("ana")
        page.get_by_label("Password", exact=True).fill("measures twice")
        page.get_by_role("button", name="Sign In", exact=True).click()
        expect(page.get_by_role("heading", name="Hi, ana!")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/")
    sign_in()
    expect(field).to_have_value("Half a thought")
    page.wait_for_load_state()
    open_menu(page)
    page.get_by_role("button", name="Logout").click()
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()
    sign_in()
    expect(field).to_have_value("")


def test_times_are_in_the_time_zone_of_the_browser(visit):
    ana = UserFactory(username="ana")
    PostFactory(author=ana)
    page = visit(ana, timezone_id="Asia/Tokyo", locale="en-GB")
    page.goto("/")
    time = page.locator("article time").first
    expect(time).to_have_text(re.compile("^just now$|minute"))
    assert "UTC" not in (time.get_attribute("title") or "")


def test_long_lists_are_paged_in_both_directions(visit, settings):
    settings.POSTS_PER_PAGE = 2
    ana = UserFactory(username="ana")
    PostFactory.create_batch(4, author=ana)
    page = visit(ana, java_script_enabled=False)
    page.goto("/")
    first = page.locator("article").first
    top = first.inner_text()
    page.get_by_role("link", name="Older posts").click()
    expect(first).not_to_have_text(top, use_inner_text=True)
    expect(page.locator("article")).to_have_count(2)
    page.get_by_role("link", name="Newer posts").click()
    expect(first).to_have_text(top, use_inner_text=True)


def test_hostile_text_stays_text(visit):
    ana = UserFactory(username="ana")
    hostile = (
        '<img src=x onerror=alert(1)> <script>alert(2)</script> javascript:alert(3) http://x.org/"onclick=alert(4)'
    )
    PostFactory(author=ana, body=hostile)
    PostFactory(author=ana, body="\u202egnorw\u202c right, https://example.org/\u202efdp.exe")
    page = visit(ana)
    page.goto("/")
    expect(page.locator("article").last).to_contain_text("<script>alert(2)</script>")
    assert page.locator("article script, article img:not(.mb-avatar)").count() == 0
    hrefs = page.locator("article a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(hrefs) == {"http:", "https:"}


def test_refused_form_shows_the_error_next_to_the_field(visit):
    UserFactory(username="taken")
    page = visit()
    page.goto("/auth/register")
    page.get_by_label("Username", exact=True).fill("taken")
    page.get_by_label("Email").fill("me@example.com")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("Repeat Password").fill("longer")
    page.locator("form").get_by_role("button", name="Register").click()
    field = page.get_by_label("Username", exact=True)
    expect(field).to_have_value("taken")
    for label, text in [("Username", "Please use a different username."), ("Repeat Password", "Field must be equal")]:
        expect(page.get_by_label(label, exact=True)).to_have_accessible_description(re.compile(re.escape(text)))


def test_following_after_the_session_ended_leads_to_sign_in_and_back(visit):
    ana = UserFactory(username="ana", password="measures twice")
    UserFactory(username="bob")
    page = visit(ana)
    page.goto("/user/bob")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("main").get_by_role("button", name="Follow bob").click()
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()
    page.get_by_label("Username or email").fill("ana")
    page.get_by_label("Password", exact=True).fill("measures twice")
    page.get_by_role("button", name="Sign In", exact=True).click()
    expect(page.get_by_role("heading", name="User: bob")).to_be_visible()
