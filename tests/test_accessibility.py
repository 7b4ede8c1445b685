"""Every page in every state, checked by axe and in a narrow window."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.security.services import make_token, note_token_use
from accounts.tests.factories import UserFactory
from blog.tests.factories import EntryFactory, SnippetFactory
from exports.models import Export
from messaging.conversations.services import send_message
from messaging.models import Notification
from messaging.notifications.services import notify
from posts.models import Post
from posts.tests.factories import PostFactory
from relationships.services import block_user, follow_user, mute_user
from repositories.models import Repository
from repositories.tests.factories import IssueFactory, RepositoryFactory, WatchFactory
from tests.helpers.browser import LONG_NAME, LONG_OWNER, PAGES, assert_no_findings, assert_nothing_sticks_out

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


# The payload of notifications about a repository and about likes; other kinds ignore it.
NEWS = {"name": f"octocat/{'x' * 100}", "opened": list(range(100)), "closed": [1], "others": 1}
API_PAGES = ["/settings/tokens", "/api/docs"]

ENTRANCE = [
    "/auth/login",
    "/auth/register",
    "/auth/reset_password_request",
    "/auth/confirm_email",
    "/about",
    "/status",
]


@pytest.fixture
def member():
    """Create extreme content: long names and words, hidden and edited posts, scripts of both directions."""
    ana = UserFactory(username="ana", about_me="x" * 140)
    long = UserFactory(username=LONG_NAME)
    UserFactory(username="empty")
    block_user(UserFactory(), actor=ana)
    mute_user(UserFactory(username="M" * 64), actor=ana)
    follow_user(long, actor=ana)
    follow_user(ana, actor=long)
    for body in ("x" * 140, "صباح الخير", "刚把社区的站点搬到了新服务器", "#tag @ana https://example.org/" + "a" * 90):
        PostFactory(author=long, body=body)
    EntryFactory(author=long, title="X" * 100, body=f"{'x' * 300} the صباح الخير")
    SnippetFactory(author=long, title="the", body=f"the = '{'x' * 300}'")
    hidden = PostFactory(author=ana)
    Post.objects.filter(pk=hidden.pk).update(
        hidden_at=timezone.now(), hidden_reason="Rule 4.", edited_at=timezone.now(), language="el"
    )
    Export.objects.create(user=ana, state=Export.State.FAILED, failure=Export.Failure.NO_SPACE)
    running = Export.objects.create(user=ana, state=Export.State.RUNNING, rows_total=100, rows_done=43)
    User.objects.filter(pk=ana.pk).update(export_id=running.pk, export_progress=running.progress)
    for body in ("x" * 140, "صباح الخير", "Look: https://example.org/" + "a" * 90):
        send_message(ana, sender=long, body=body)
        send_message(long, sender=ana, body=body)
    for kind in Notification.Kind.values:
        actor = long if kind == Notification.Kind.MENTIONED else None
        notify(ana, kind=kind, key="1", payload=NEWS, actor=actor)
    watched = WatchFactory(user=ana, repository__owner=LONG_OWNER, repository__name="hello").repository
    Repository.objects.filter(pk=watched.pk).update(
        description="x" * 300, outcome="not_found", fetched_at=timezone.now(), attempted_at=timezone.now()
    )
    for title in ("x" * 255, "صباح الخير", "<b>刚把社区的站点搬到了新服务器</b>"):
        IssueFactory(repository=watched, title=title, labels=["y" * 50, "خطأ", "bug"], author="z" * 39)
    RepositoryFactory(name="empty")
    for name, is_read_only in (("W" * 64, True), ("مزامنة", False)):
        token, _secret = make_token(ana, name=name, lifetime=timedelta(days=90), is_read_only=is_read_only)
    note_token_use(token)
    User.objects.filter(pk=long.pk).update(follower_count=20_692, following_count=1_204, post_count=4_812)
    return ana


def test_pages_obey_the_policy_and_log_nothing(visit, member):
    for person, paths in [(member, [*PAGES, *API_PAGES]), (None, ENTRANCE)]:
        page = visit(person)
        for path in paths:
            answer = page.goto(path, wait_until="networkidle")
            assert answer and answer.ok, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_a_member_have_no_findings(visit, member, scheme):
    page = visit(member, color_scheme=scheme, bypass_csp=True)
    own = member.posts.get()
    own_pages = [f"/post/{own.pk}{page}" for page in ("", "/edit", "/delete", "/language", "/translation")]
    for path in [*PAGES, *own_pages]:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        assert_no_findings(page, path)
        assert_nothing_sticks_out(page, path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_a_visitor_have_no_findings(visit, db, scheme):
    page = visit(color_scheme=scheme, bypass_csp=True)
    for path in (*ENTRANCE, "/"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        assert_no_findings(page, path)
        assert_nothing_sticks_out(page, path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_error_states_have_no_findings(visit, member, scheme):
    page = visit(member, color_scheme=scheme, bypass_csp=True)
    page.goto("/")
    page.get_by_label("Say something").fill("x" * 141)
    page.get_by_role("button", name="Submit").click()
    assert_no_findings(page, "refused post")
    assert_nothing_sticks_out(page, "refused post")
    page = visit(color_scheme=scheme, bypass_csp=True)
    page.goto("/auth/register")
    page.locator("form:has(#id_password1)").evaluate("form => form.noValidate = true")
    page.locator("form").get_by_role("button", name="Register").click()
    page.locator(".has-error").first.wait_for()
    assert_no_findings(page, "refused registration")
    assert_nothing_sticks_out(page, "refused registration")


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "en"), ("light", "ar")])
def test_pages_about_the_api_have_no_findings(visit, member, scheme, language):
    User.objects.update(language=language)
    page = visit(member, color_scheme=scheme, bypass_csp=True)

    def look(where):
        page.set_viewport_size({"width": 1280, "height": 900})
        assert_no_findings(page, where)
        assert_nothing_sticks_out(page, where)

    for path in API_PAGES:
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == language
        look(path)
    page.goto("/settings/tokens")
    page.locator("form:has(#id_name)").evaluate("form => form.noValidate = true")
    page.locator("#submit-id-submit").click()
    page.locator(".has-error").wait_for()
    look("refused token")
    page.locator("#id_name").fill("W" * 64)
    page.locator("#submit-id-submit").click()
    page.locator(".mb-token").wait_for()
    look("new token")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_menu_and_popover_have_no_findings(visit, member, scheme):
    page = visit(member, color_scheme=scheme, bypass_csp=True)
    page.goto("/explore")
    page.locator("summary").first.click()
    assert_no_findings(page, "menu")
    page.keyboard.press("Escape")
    page.locator("article .user_popup a").first.focus()
    page.locator(".popover").wait_for()
    assert_no_findings(page, "popover")


@pytest.mark.parametrize("path", ["/nosuch", "/follow/ana"])
def test_error_pages_have_no_findings(browser, live_server, path):
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto(path)
    assert_no_findings(page, path)
    assert_nothing_sticks_out(page, path)
    context.close()


def test_right_to_left_pages_do_not_overflow(visit, member, settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    page = visit(member, locale="ar")
    for path in ("/", "/user/ana", "/edit_profile", "/about"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        assert page.evaluate("document.documentElement.dir") == "rtl"
        brand, menu = page.locator(".navbar-brand").bounding_box(), page.locator("summary").first.bounding_box()
        assert brand["x"] > menu["x"]
        assert_nothing_sticks_out(page, path)


def test_first_load_of_home_is_light(visit, member):
    page, loaded = visit(member), []
    page.on("response", lambda response: loaded.append(response))  # noqa: PLW0108 - Playwright marks its handlers
    page.goto("/")
    page.wait_for_load_state("networkidle")
    sizes = {response.url: len(response.body()) for response in loaded}
    assert sum(sizes.values()) < 400_000  # uncompressed; compression leaves a quarter
