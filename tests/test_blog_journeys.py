"""Writing and reading the blog in a browser."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from accounts.models import User
from accounts.tests.factories import UserFactory
from blog.models import Entry, Publication
from blog.services import edit_publication, hide_publication
from blog.tests.factories import EntryFactory, SnippetFactory
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
