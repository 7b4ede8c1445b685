"""Writing and reading the blog in a browser."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from accounts.models import User
from accounts.tests.factories import UserFactory
from blog.models import Entry, Publication
from blog.services import edit_publication, hide_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from blog.tests.hostile import HOSTILE
from tests.helpers.browser import LONG_NAME, assert_no_findings, assert_nothing_sticks_out
from tests.helpers.clients import PASSWORD
from tests.helpers.users import make_confirmed_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", [1280, 360])
def test_member_writes_an_entry_and_a_visitor_reads_it(visit, scripts, width):
    ana = UserFactory(username="ana")
    page = visit(ana, java_script_enabled=scripts, viewport={"width": width, "height": 800})
    page.goto("/blog/")
    page.get_by_role("main").get_by_role("link", name="Write an entry").first.click()
    page.get_by_label("Title").fill("Night trains")
    page.get_by_label("Body").fill("First *draft*.")
    page.get_by_label("Tags").fill("Trains, night travel")
    page.get_by_label("Entry status").select_option("Draft")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Night trains")).to_be_visible()
    expect(page.get_by_text("Draft", exact=True)).to_be_visible()

    reader = visit(java_script_enabled=scripts, viewport={"width": width, "height": 800})
    reader.goto("/blog/")
    expect(reader.get_by_role("heading", name="No entries yet")).to_be_visible()

    page.get_by_role("main").get_by_role("link", name="Edit").click()
    page.get_by_label("Body").fill("The night train to Lisbon is back.")
    page.get_by_label("Entry status").select_option("Public")
    page.get_by_label("Post a link to my followers").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your changes have been saved.")).to_be_visible()
    page.goto("/")
    expect(page.locator("article")).to_contain_text("/blog/night-trains/")

    reader.reload()
    reader.get_by_role("link", name="Night trains").click()
    expect(reader.get_by_text("The night train to Lisbon is back.")).to_be_visible()
    reader.get_by_role("link", name="#night-travel").click()
    expect(reader.get_by_role("heading", name="Entries about #night-travel")).to_be_visible()
    reader.get_by_role("link", name="ana", exact=True).click()
    expect(reader.get_by_role("heading", name="Entries by ana")).to_be_visible()

    page.goto("/blog/night-trains/")
    page.get_by_role("main").get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Your entry was deleted.")).to_be_visible()
    assert not Entry.objects.exists()


def test_keyboard_alone_writes_a_snippet(visit):
    page = visit(UserFactory(username="ana"))
    page.goto("/snippets/create/")
    page.get_by_label("Title").focus()
    page.keyboard.type("Hello")
    page.keyboard.press("Tab")
    page.keyboard.type("print('Hello')")
    while page.evaluate("document.activeElement.type") != "submit":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your snippet was saved.")).to_be_visible()
    expect(page.locator(".mb-source")).to_contain_text("print('Hello')")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_text_survives_the_end_of_the_session(visit, scripts):
    susan = make_confirmed_user("susan")
    page = visit(susan, java_script_enabled=scripts)
    page.goto("/blog/create/")
    text = "An hour of thought.\n" * 2000
    page.get_by_label("Title").fill("Kept")
    page.get_by_label("Body").evaluate("(field, text) => { field.value = text; }", text)
    Session.objects.all().delete()
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Username or email").fill("susan")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign In").first.click()
    expect(page.get_by_label("Title")).to_have_value("Kept")
    expect(page.get_by_label("Body")).to_have_value(text)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Kept")).to_be_visible()
    assert Entry.objects.get().body == text.strip("\n")


def field_of(page):
    return page.get_by_label("Body", exact=True)


def focused(page):
    return page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.name")


def test_toolbar_formats_what_is_selected(visit):
    page = visit(UserFactory(username="ana"))
    page.goto("/blog/create/")
    toolbar = page.get_by_role("toolbar", name="Formatting")
    for name, expected in {
        "Heading": "# one two",
        "Bold": "**one two**",
        "Italic": "_one two_",
        "Quote": "> one two",
        "Code": "`one two`",
        "Link": "[one two](url)",
        "List": "- one two",
        "Numbered list": "1. one two",
    }.items():
        field_of(page).fill("one two")
        field_of(page).select_text()
        toolbar.get_by_role("button", name=name, exact=True).click()
        expect(field_of(page)).to_have_value(expected)
        expect(field_of(page)).to_be_focused()
    sizes = toolbar.get_by_role("button").evaluate_all("all => all.map(b => [b.offsetWidth, b.offsetHeight])")
    assert len(sizes) == 8 and all(min(size) >= 44 for size in sizes)
    page.keyboard.press("Control+z")
    expect(field_of(page)).to_have_value("one two")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_toolbar_is_one_stop_of_the_keyboard(visit, language):
    page = visit(UserFactory(username="ana", language=language), locale=language)
    page.goto("/blog/create/")
    field = page.locator("#id_body")
    buttons = page.get_by_role("toolbar").get_by_role("button")
    labels = buttons.evaluate_all("all => all.map(button => button.ariaLabel)")
    forward, back = ("ArrowRight", "ArrowLeft") if language == "en" else ("ArrowLeft", "ArrowRight")
    # The order on the screen is that of the keys.
    assert (buttons.nth(1).bounding_box()["x"] > buttons.nth(0).bounding_box()["x"]) == (language == "en")
    page.locator("#id_title").focus()
    for key, expected in (
        ("Tab", labels[0]),
        (forward, labels[1]),
        (forward, labels[2]),
        (back, labels[1]),
        ("Home", labels[0]),
        (back, labels[-1]),
        ("Home", labels[0]),
        (forward, labels[1]),
        ("Tab", "body"),
        ("Shift+Tab", labels[1]),
    ):
        page.keyboard.press(key)
        assert focused(page) == expected, key
    page.keyboard.press("Enter")
    page.keyboard.type("a")
    expect(field).to_have_value("**a**")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(field).to_have_value("a")


def test_toolbar_that_was_clicked_is_one_stop_of_the_keyboard(visit):
    page = visit(UserFactory(username="ana"))
    page.goto("/blog/create/")
    page.get_by_role("button", name="Quote").click()
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "Heading"
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "title"


def test_form_without_scripts_has_no_toolbar_and_no_preview(visit):
    page = visit(UserFactory(username="ana"), java_script_enabled=False)
    page.goto("/blog/create/")
    expect(field_of(page)).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    for name in ("Bold", "Preview"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def preview_of(page):
    return page.get_by_role("region", name="Preview")


def test_preview_keeps_what_is_typed_and_is_renewed(visit):
    page = visit(UserFactory(username="ana"))
    page.goto("/blog/create/")
    expect(preview_of(page)).to_have_attribute("aria-live", "polite")
    page.get_by_role("button", name="Preview").click()
    expect(preview_of(page)).to_contain_text("There is nothing to preview yet.")
    page.get_by_label("Title").fill("Night trains")
    page.get_by_label("Tags").fill("travel")
    field_of(page).fill("Back *at last*: [the timetable](https://a.example/)")
    page.get_by_role("button", name="Preview").focus()
    page.keyboard.press("Enter")
    expect(preview_of(page).get_by_role("heading", name="Night trains")).to_be_visible()
    expect(preview_of(page).locator("em")).to_have_text("at last")
    expect(page.get_by_role("button", name="Preview")).to_be_focused()
    # A link does not replace the form.
    link = preview_of(page).get_by_role("link", name="the timetable")
    link.evaluate("link => link.addEventListener('click', event => event.preventDefault())")
    link.click()
    expect(link).to_have_attribute("target", "_blank")
    field_of(page).fill("[" * 90_000)
    page.get_by_role("button", name="Preview").click()
    expect(preview_of(page)).to_contain_text("Too many brackets in this text are never closed.")
    expect(preview_of(page).locator("em")).to_have_count(0)
    expect(field_of(page)).to_have_value("[" * 90_000)
    field_of(page).fill("Back *at last*.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Night trains")).to_be_visible()
    assert [str(tag) for tag in Entry.objects.get().tags.all()] == ["travel"]


def test_longest_text_in_any_script_has_a_preview(visit):
    page = visit(UserFactory(username="ana"))
    page.goto("/blog/create/")
    field_of(page).fill("🚂" * 99_999 + "字")
    page.get_by_role("button", name="Preview").click()
    expect(preview_of(page)).to_contain_text("🚂字")


def test_preview_after_the_end_of_the_session_keeps_the_text(visit):
    page = visit(make_confirmed_user("susan"))
    page.goto("/blog/create/")
    page.get_by_label("Title").fill("Kept")
    field_of(page).fill("An hour of thought")
    Session.objects.all().delete()
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("Username or email").fill("susan")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign In").first.click()
    expect(page.get_by_label("Title")).to_have_value("Kept")
    expect(field_of(page)).to_have_value("An hour of thought")


def test_preview_that_cannot_be_loaded_says_so(visit):
    page = visit(UserFactory(username="ana"))
    page.goto("/blog/create/")
    field_of(page).fill("An hour of thought")
    # A response of the browser's own, since a failed request would write to the console.
    page.evaluate("htmx.trigger(document.querySelector('[data-hx-post]'), 'htmx:sendError', {target: preview})")
    expect(preview_of(page)).to_contain_text("The preview could not be loaded.")
    expect(field_of(page)).to_have_value("An hour of thought")
    page.get_by_role("button", name="Preview").click()
    expect(preview_of(page).locator(".mb-prose")).to_have_text("An hour of thought")


def test_preview_of_hostile_text_runs_nothing_without_the_policy(visit, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS} | {"edit_blog": "10000/m/user"}
    page = visit(UserFactory(username="ana"), bypass_csp=True)
    page.goto("/blog/create/")
    shown = 0
    for start in range(0, len(HOSTILE), 10):
        sources = [source.replace("\0", "") for source in HOSTILE[start : start + 10]]
        page.get_by_label("Title").fill(re.sub(r"\s", " ", sources[0])[:100])
        field_of(page).fill("\n\n".join(sources))
        with page.expect_response("**/blog/preview"):
            page.get_by_role("button", name="Preview").click()
        page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
        shown += preview_of(page).locator(".mb-prose").count()
        page.evaluate(
            """() => {
              for (const element of document.querySelectorAll("#preview *")) {
                element.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
                element.dispatchEvent(new FocusEvent("focus"));
                if (/^(javascript|data|vbscript):/.test(element.protocol)) element.click();
              }
            }"""
        )
        assert page.evaluate("window.pwned") is None
    assert shown > len(HOSTILE) / 10 / 2


@pytest.fixture
def texts():
    """Write extreme texts: long titles and words, both directions, hidden ones and drafts; return their author."""
    ana, long = UserFactory(username="ana"), UserFactory(username=LONG_NAME)
    for title in ("W" * 100, "نص عربي طويل جدا " * 6, "刚把社区的站点搬到了新服务器"):
        EntryFactory(author=long, title=title, body="x" * 500, tags=["w" * 60, "خرائط"])
        SnippetFactory(author=long, title=title, body="x = '" + "y" * 500 + "'\n" * 3)
    for factory in (EntryFactory, SnippetFactory):
        factory(author=ana, title="Draft", status=Publication.Status.DRAFT)
        hide_publication(factory(author=ana, title="Hidden"), actor=long, reason="Rule 4.")
        edited = factory(author=ana, title="Edited")
        edit_publication(edited, body="Another text")
    return ana


READ = ["", f"{'w' * 60}/", f"author/{LONG_NAME}/", "?before=1"]
WRITE = ["create/", "drafts/", "author/ana/", "edited/edit/", "edited/delete/", "draft/", "hidden/"]
PATHS = [f"/{place}/{path}" for place in ("blog", "snippets") for path in READ]
OWN_PATHS = [f"/{place}/{path}" for place in ("blog", "snippets") for path in WRITE]
TAG = "/blog/tag/خرائط/"


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "en"), ("light", "ar")])
def test_pages_of_the_blog_have_no_findings(visit, texts, scheme, language):
    User.objects.update(language=language)
    options = {"color_scheme": scheme, "bypass_csp": True, "locale": language}
    for person, paths in ((texts, [*PATHS, *OWN_PATHS, TAG, "/user/ana"]), (None, ["/blog/", "/blog/edited/", TAG])):
        page = visit(person, **options)
        for path in paths:
            page.set_viewport_size({"width": 1280, "height": 900})
            answer = page.goto(path)
            assert answer and answer.ok, path
            assert page.locator("html").get_attribute("lang") == language
            assert_no_findings(page, path)
            assert_nothing_sticks_out(page, path)


RICH = (
    "# Heading\n\nWords, *more* and **strong** ones, [a link](https://a.example/) and `code`[^1].\n\n> A quote\n\n"
    "- one\n- two\n\n| a | b |\n|---|---|\n| c | d |\n\n```python\nimport os  # a comment\n```\n\n[^1]: A note.\n"
)


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "en"), ("light", "ar")])
def test_form_with_a_preview_has_no_findings(visit, scheme, language):
    ana = UserFactory(username="ana", language=language)
    page = visit(ana, color_scheme=scheme, bypass_csp=True, locale=language)
    for title, body in (("Night trains", RICH + "x" * 500), ("W" * 101, ""), ("قطارات", "مرحبا *بالعالم*")):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto("/blog/create/")
        page.locator("#id_title").fill(title)
        page.locator("#id_body").fill(body)
        page.locator("[data-hx-post$=preview]").click()
        page.locator("#preview > *").first.wait_for()
        assert_no_findings(page, title)
        assert_nothing_sticks_out(page, title)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_refused_and_outdated_forms_have_no_findings(visit, texts, scheme):
    page = visit(texts, color_scheme=scheme, bypass_csp=True)
    for place in ("blog", "snippets"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(f"/{place}/create/")
        page.locator("form:has(#id_body)").evaluate("form => form.noValidate = true")
        page.get_by_role("button", name="Save").click()
        page.locator(".has-error").first.wait_for()
        assert_no_findings(page, "refused")
        assert_nothing_sticks_out(page, "refused")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/blog/edited/edit/")
    edit_publication(Entry.objects.get(slug="edited"), body="Saved in another window")
    page.get_by_label("Body").fill("Mine")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="The text that was saved")).to_be_visible()
    assert_no_findings(page, "outdated")
    assert_nothing_sticks_out(page, "outdated")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your changes have been saved.")).to_be_visible()
    assert Entry.objects.get(slug="edited").body == "Mine"
