"""Languages and translation in a browser."""

import re

import pytest
from playwright.sync_api import expect

from accounts.tests.factories import UserFactory
from messaging.conversations.services import send_message
from posts.models import Post
from posts.tests.factories import PostFactory
from relationships.services import follow_user
from repositories.tests.factories import IssueFactory, RepositoryFactory
from scripts import catalogues
from tests.helpers.browser import LONG_OWNER, PAGES, assert_nothing_sticks_out
from tests.helpers.translation_service import stand_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPANISH = "El tren nocturno a Lisboa ha vuelto."
TRANSLATED = f"{SPANISH} (es > en)"


@pytest.fixture
def service(settings):
    with stand_in() as service:
        settings.LIBRETRANSLATE_URL = service.url
        yield service


@pytest.fixture
def article(visit, service):
    """Open a page with one post in Spanish for a user of the English interface."""
    post = PostFactory(body=SPANISH)
    page = visit(UserFactory())
    page.goto("/explore")
    article = page.locator("article")
    expect(article.locator(f"#post{post.pk}")).to_have_text(SPANISH)
    return article


def test_post_is_translated_in_place_and_back_with_one_click_each(article, service):
    address = article.page.url
    link = article.get_by_role("link", name="Translate")
    link.focus()
    article.page.keyboard.press("Enter")
    translation = article.locator(".mb-translation")
    expect(translation).to_have_text(TRANSLATED)
    expect(translation).to_have_attribute("lang", "en")
    expect(article.get_by_text(SPANISH, exact=True)).to_be_hidden()
    back = article.get_by_role("link", name="Show the original")
    expect(back).to_be_focused()
    back.click()
    expect(article.get_by_text(SPANISH, exact=True)).to_be_visible()
    expect(translation).to_be_hidden()
    article.get_by_role("link", name="Translate").click()
    expect(translation).to_be_visible()
    assert article.page.url == address
    assert len(service.requests) == 1


def test_markup_in_a_translation_stays_text(article, service):
    service.failures = [(200, {}, {"translatedText": "<img src=x onerror=alert(1)>\n<b>two</b>"})]
    article.get_by_role("link", name="Translate").click()
    expect(article.locator(".mb-translation")).to_contain_text("<b>two</b>")
    assert article.locator(".mb-translation *").count() == 0


def test_loader_replaces_the_link_until_the_response_arrives(article):
    held = []
    article.page.route("**/translation", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handlers
    with article.page.expect_request("**/translation"):
        article.get_by_role("link", name="Translate").click()
    expect(article.get_by_text("Translating…")).to_be_visible()
    expect(article.get_by_role("link", name="Translate")).to_have_count(0)
    # A second click during the request sends no other.
    article.get_by_text("Translating…").click()
    held.pop().continue_()
    expect(article.locator(".mb-translation")).to_have_text(TRANSLATED)
    expect(article.get_by_text("Translating…")).to_have_count(0)
    expect(article.locator(".mb-translation")).to_have_count(1)
    assert not held


def test_translation_error_is_shown_and_can_be_retried(article, service):
    service.failures = [(400, {}, {"error": "no"})]
    article.get_by_role("link", name="Translate").click()
    expect(article.get_by_text("Error: the translation service failed.")).to_be_visible()
    expect(article.get_by_text(SPANISH, exact=True)).to_be_visible()
    article.get_by_role("link", name="Translate").click()
    expect(article.locator(".mb-translation")).to_have_text(TRANSLATED)
    expect(article.get_by_text("Error:")).to_have_count(0)


@pytest.fixture
def window(browser, live_server, service):
    """Open a window without the check for console errors: the browser logs failed requests."""
    PostFactory(body=SPANISH)
    UserFactory(username="reader", password="measures twice")
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto("/auth/login")
    page.get_by_label("Username or email").fill("reader")
    page.get_by_label("Password", exact=True).fill("measures twice")
    page.get_by_role("button", name="Sign In", exact=True).click()
    expect(page.get_by_role("heading", name="Hi, reader!")).to_be_visible()
    page.goto("/explore")
    yield page
    context.close()


def test_translation_after_the_session_ended_leads_to_sign_in(window):
    window.context.clear_cookies(name="sessionid")
    window.get_by_role("link", name="Translate").click()
    expect(window.get_by_role("heading", name="Sign In")).to_be_visible()


def test_unreachable_server_is_reported(window):
    window.context.set_offline(True)
    window.get_by_role("link", name="Translate").click()
    expect(window.locator("article").get_by_text("Error: Could not contact server.")).to_be_visible()


def test_translation_is_a_page_without_scripts(visit, service):
    PostFactory(body=SPANISH)
    page = visit(UserFactory(), java_script_enabled=False)
    page.goto("/explore")
    page.get_by_role("link", name="Translate").click()
    expect(page.get_by_text(TRANSLATED)).to_be_visible()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_text(SPANISH)).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_language_is_switched_in_the_footer(visit, scripts):
    ana = UserFactory(username="ana")
    page = visit(ana, java_script_enabled=scripts)
    page.goto("/settings/preferences")
    page.get_by_role("button", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    assert page.url.endswith("/settings/preferences")
    expect(page.get_by_role("heading", level=1)).to_have_text("التفضيلات")
    expect(page.get_by_role("button", name="العربية")).to_have_attribute("aria-pressed", "true")
    ana.refresh_from_db()
    assert ana.language == "ar"
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preferences")


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", re.compile("^hace 2 horas$")), ("zh-hans", re.compile("^2小时前$")), ("ar", re.compile("^قبل ساعتين$"))],
)
def test_times_are_in_the_language_of_the_page(visit, language, text):
    post = PostFactory(author__language=language)
    page = visit(post.author, locale="en-GB")
    page.clock.install()
    page.goto("/explore")
    page.clock.fast_forward("02:00:30")
    expect(page.locator("article time").first).to_have_text(text)
    assert "UTC" not in page.locator("article time").first.get_attribute("title")


def test_code_numbers_and_the_other_direction_are_readable_from_right_to_left(visit):
    ana = UserFactory(username="ana", language="ar")
    mixed = PostFactory(author=ana, body="The night train: https://example.org/lisbon 22:15")
    arabic = PostFactory(author=ana, body="قطار الليل إلى لشبونة 22:15، اقرأ example.org/lisbon ثم أخبرني")
    page = visit(ana)
    page.goto("/")
    directions = {
        post: page.locator(f"#post{post.pk}").evaluate("element => getComputedStyle(element).direction")
        for post in (mixed, arabic)
    }
    assert directions == {mixed: "ltr", arabic: "rtl"}
    assert page.locator(f"#post{arabic.pk} a").get_attribute("dir") == "ltr"


PLACEHOLDER_OR_TAG = re.compile(r"(%\(\w+\)[sd]|%[sd%]|<[^>]+>)")


def lengthen(text):
    """Make a text 40 % longer, with accents, and leave placeholders and tags as they are."""
    parts = PLACEHOLDER_OR_TAG.split(text)
    letters = sum(len(part) for part in parts[::2])
    accented = "".join(part if index % 2 else part.translate(ACCENTS) for index, part in enumerate(parts))
    return f"{accented}{'~' * max(1, round(0.4 * letters) - 1)}"


ACCENTS = str.maketrans("aeioucnsAEIOUCNS", "åéîøüçñšÅÉÎØÜÇÑŠ")


@pytest.fixture
def pseudo_language(settings, tmp_path):
    """Replace Esperanto by a pseudo-language: English with accents, 40 % longer."""
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("eo", "Ésperåñtø ~~~~")]
    catalogue = catalogues.new(catalogues.extract(), "eo")
    for message in catalogue:
        if message.id:
            ids = message.id if message.pluralizable else (message.id,)
            longer = tuple(map(lengthen, ids))
            message.string = longer if message.pluralizable else longer[0]
    path = catalogues.catalogue_path("eo")
    catalogues.write(catalogue, path)
    catalogues.compile_catalogue(path)
    return "eo"


@pytest.mark.parametrize("width", [1280, 320])
def test_longer_texts_break_no_layout(visit, pseudo_language, width):
    ana = UserFactory(username="ana", language=pseudo_language, about_me="Trains, mostly.", is_staff=True)
    long = UserFactory(username="W" * 64, about_me="x" * 140)
    UserFactory(username="empty")
    follow_user(long, actor=ana)
    own = PostFactory(author=ana, body=SPANISH)
    PostFactory(author=long, body="y" * 140)
    send_message(long, sender=ana, body="z" * 140)
    IssueFactory(repository__owner=LONG_OWNER, repository__name="hello")
    RepositoryFactory(name="empty")
    Post.objects.update(edited_at=own.created_at)
    pages = [*PAGES, *(f"/post/{own.pk}{page}" for page in ("", "/edit", "/delete", "/language", "/translation"))]
    member, visitor = visit(ana), visit(locale="eo")
    for page, paths in [(member, pages), (visitor, ["/auth/login", "/auth/register", "/about"])]:
        for path in paths:
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path)
            assert "~" in page.locator("main").inner_text()
            if width == 320:
                assert_nothing_sticks_out(page, path)
            else:
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            cut = page.evaluate(CUT_OFF)
            assert cut == [], path


# Buttons and links whose text does not fit into them.
CUT_OFF = """() => [...document.querySelectorAll("button, .btn, .navbar-nav a, .mb-tabs a, .pager a, label")]
    .filter((element) => element.offsetWidth && !element.matches(".sr-only, .mb-skip"))
    .filter((element) => getComputedStyle(element).display !== "inline")
    .filter((element) => element.scrollWidth > element.clientWidth + 1)
    .map((element) => element.textContent.trim())"""
