"""Likes, reposts and bookmarks in a browser, and the reposts that home shows."""

import pytest
from playwright.sync_api import expect

from accounts.tests.factories import UserFactory
from posts.models import Bookmark, Like, Post
from posts.reactions.services import repost_post
from posts.services import hide_post
from posts.tests.factories import PostFactory
from relationships.models import Follow
from relationships.services import follow_user, unfollow_user
from tests.helpers.browser import assert_no_findings, assert_nothing_sticks_out

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def post():
    return PostFactory(author=UserFactory(username="bob"), body="Rain in May.")


# The button, the path, and what is announced.
LIKE = ("Like", "like", "You like this post.")
REPOST = ("Repost", "repost", "You repost this post.")


def is_undone(kind):
    """Return whether the only like or repost was undone; raise DoesNotExist if there was none."""
    if kind == "like":
        return Like.objects.get().undone_at is not None
    return Post.objects.exclude(repost_of=None).get().hidden_at is not None


def test_reactions_without_scripts(visit, ana, post):
    page = visit(ana, java_script_enabled=False)
    page.goto("/explore")
    for name in ("Like the post by bob", "Repost the post by bob", "Bookmark the post by bob"):
        button = page.get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-pressed", "false")
        button.click()
        expect(page).to_have_url(f"{page.url.partition('/explore')[0]}/explore#post{post.pk}")
        expect(button).to_have_attribute("aria-pressed", "true")
    for count in ("1 like", "1 repost"):
        page.goto("/explore")
        page.get_by_role("link", name=count, exact=True).click()
        expect(page.get_by_role("main").get_by_role("link", name="ana", exact=True)).to_be_visible()
    page.goto("/explore")
    page.get_by_role("button", name="Repost the post by bob").click()
    expect(page.get_by_role("link", name="1 repost", exact=True)).to_be_hidden()
    assert is_undone("repost")
    page.goto("/bookmarks")
    page.get_by_role("button", name="Bookmark the post by bob").click()
    expect(page.get_by_role("heading", name="No bookmarks yet")).to_be_visible()


@pytest.mark.parametrize(("name", "kind", "announced"), [LIKE, REPOST])
def test_reaction_by_keyboard_is_shown_at_once_and_keeps_the_focus(visit, ana, post, name, kind, announced):
    page = visit(ana)
    page.goto("/explore")
    waiting = []

    def hold_first(route):
        if waiting:
            route.continue_()
        waiting.append(route)

    page.route(f"**/post/{post.pk}/*", hold_first)
    button = page.get_by_role("button", name=f"{name} the post by bob")
    count = page.locator(f"[data-count][href$='/{kind}s']")
    button.focus()
    page.keyboard.press("Enter")
    # The server has not answered yet.
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(count).to_have_text("1")
    expect(page.locator("[data-announcer]")).to_have_text(announced)
    assert not Like.objects.exists() and Post.objects.count() == 1
    # A second press during the request is sent after it.
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert len(waiting) == 1
    with page.expect_response(f"**/post/{post.pk}/un{kind}"):
        waiting[0].continue_()
    expect(button).to_be_focused()
    expect(count).to_be_hidden()
    assert is_undone(kind)
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


@pytest.mark.parametrize("name", ["Like", "Repost"])
@pytest.mark.parametrize("failure", ["refused", "offline"])
def test_refused_reaction_is_reverted_with_the_reason(window, post, failure, name):
    page = window
    if failure == "refused":
        hide_post(post, actor=UserFactory(is_staff=True), reason="Spam")
    else:
        page.context.set_offline(True)
    button = page.get_by_role("button", name=f"{name} the post by bob")
    button.click()
    reason = {
        "refused": "This post is no longer available.",
        "offline": "This did not work. Check your connection and try again.",
    }[failure]
    expect(page.locator(".mb-reaction__error")).to_have_text(reason)
    expect(page.locator("[data-announcer]")).to_have_text(reason)
    expect(button).to_have_attribute("aria-pressed", "false")
    for count in page.locator("[data-count]").all():
        expect(count).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_of_reactions_are_accessible_and_fit(visit, ana, post, language):
    ana.language = language
    ana.save(update_fields=["language"])
    page = visit(ana, viewport={"width": 360, "height": 800}, has_touch=True)
    page.goto("/explore")
    for button in page.locator("[form=reactions]").all():
        with page.expect_response(f"**/post/{post.pk}/*"):
            button.click()
    people = (f"/post/{post.pk}/likes", f"/post/{post.pk}/reposts")
    for path in ("/explore", f"/post/{post.pk}", *people, "/likes", "/bookmarks"):
        page.goto(path)
        assert_no_findings(page, path)
        assert_nothing_sticks_out(page, path)
    page.goto("/explore")
    boxes = [button.bounding_box() for button in page.locator("[form=reactions], [data-count]").all()]
    assert len(boxes) == 5
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes), boxes


@pytest.fixture
def dan(ana, post):
    """Return a user that ana follows and that has reposted the post."""
    dan = UserFactory(username="dan")
    follow_user(dan, actor=ana)
    repost_post(post, actor=dan)
    return dan


def test_reposts_are_hidden_without_scripts(visit, ana, dan):
    page = visit(ana, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Reposted by dan").click()
    messages = {"Hide": "You have hidden reposts by dan.", "Show": "You no longer hide reposts by dan."}
    for verb, message in messages.items():
        page.get_by_role("button", name=f"{verb} reposts by dan").click()
        expect(page.get_by_text(message)).to_be_visible()
        assert Follow.objects.get().hides_reposts is (verb == "Hide")


def test_reposts_are_hidden_by_keyboard_in_place(visit, ana, dan):
    page = visit(ana)
    page.goto("/user/dan")
    page.get_by_role("button", name="Hide reposts by dan").press("Enter")
    show = page.get_by_role("button", name="Show reposts by dan")
    expect(show).to_be_focused()
    page.goto("/")
    expect(page.locator("article")).to_have_count(0)
    page.goto("/user/dan")
    show.press("Enter")
    expect(page.get_by_role("button", name="Hide reposts by dan")).to_be_focused()
    page.goto("/")
    expect(page.locator("article")).to_contain_text("Reposted by dan")


def test_button_for_reposts_comes_and_goes_with_the_follow(visit, ana, dan):
    page = visit(ana)
    page.goto("/user/dan")
    hide, show = (page.get_by_role("button", name=f"{verb} reposts by dan") for verb in ("Hide", "Show"))
    hide.click()
    expect(show).to_be_visible()
    main = page.get_by_role("main")
    main.get_by_role("button", name="Unfollow dan").click()
    expect(show).to_have_count(0)
    main.get_by_role("button", name="Follow dan").click()
    # A new follow shows reposts, and the new button works in place.
    hide.click()
    expect(show).to_be_focused()
    # In another tab.
    unfollow_user(dan, actor=ana)
    show.click()
    expect(page.get_by_text("You only see reposts by people you follow. Follow dan first.")).to_be_visible()
    expect(show).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_with_reposts_are_accessible_and_fit(visit, ana, dan, language):
    ana.language = language
    ana.save(update_fields=["language"])
    page = visit(ana, viewport={"width": 360, "height": 800}, has_touch=True)
    for path in ("/", "/user/dan"):
        page.goto(path)
        expect(page.locator("main a[href='/user/dan']").first).to_be_visible()
        assert_no_findings(page, path)
        assert_nothing_sticks_out(page, path)
    button = page.locator("[action^='/hide_reposts'] button").bounding_box()
    assert button["height"] >= 24, button
