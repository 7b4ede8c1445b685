"""Messages and notifications in several browsers at once."""

import re

import pytest
from playwright.sync_api import expect

from accounts.tests.factories import UserFactory
from messaging.conversations.services import send_message
from messaging.models import Message
from relationships.services import follow_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def badge_of(page, name="message_count"):
    return page.locator(f"#{name}")


def open_tab(page, path):
    """Open another tab of the same browser, with its own clock."""
    tab = page.context.new_page()
    tab.clock.install()
    tab.goto(path)
    return tab


def test_message_arrives_and_is_read_in_all_tabs_of_the_recipient(visit, ana, bob):
    writer, reader = visit(ana), visit(bob)
    for page in (writer, reader):
        page.clock.install()
    reader.goto("/explore")
    other_tab = open_tab(reader, "/")
    expect(badge_of(reader)).to_be_hidden()

    writer.goto("/user/bob")
    writer.get_by_role("link", name="Send private message").click()
    writer.get_by_label("Message", exact=True).fill("Tea at five?")
    writer.get_by_role("button", name="Submit").click()
    expect(writer.get_by_text("Your message has been sent.")).to_be_visible()

    for tab in (reader, other_tab):
        tab.clock.run_for(10_100)
        expect(badge_of(tab)).to_have_text("1")
    reader.get_by_role("link", name="Messages").click()
    reader.get_by_role("link", name=re.compile("ana.*1 unread message")).click()
    expect(reader.locator("#messages")).to_contain_text("Tea at five?")
    expect(badge_of(reader)).to_be_hidden()
    other_tab.clock.run_for(10_100)
    expect(badge_of(other_tab)).to_be_hidden()

    # The reply appears in the open thread, and is read there.
    writer.goto("/messages/bob")
    reader.wait_for_load_state()
    reader.get_by_label("Message", exact=True).fill("With cake.")
    reader.keyboard.press("Control+Enter")
    expect(reader.locator("#messages")).to_contain_text("With cake.")
    writer.clock.run_for(10_100)
    expect(writer.locator("#messages")).to_contain_text("With cake.")
    writer.clock.run_for(10_100)
    expect(badge_of(writer)).to_be_hidden()


def test_page_that_is_shown_again_is_updated_at_once(visit, ana, bob):
    page = visit(bob)
    page.clock.install()
    page.goto("/explore")
    show = (
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.evaluate(show, True)
    send_message(bob, sender=ana, body="Hi.")
    follow_user(bob, actor=ana)
    page.clock.run_for(30_000)
    expect(badge_of(page)).to_be_hidden()
    page.evaluate(show, False)
    expect(badge_of(page)).to_have_text("1")
    expect(badge_of(page, "notification_count")).to_have_text("1")


def test_polling_stops_after_sign_out_and_backs_off_after_errors(visit, bob):
    page = visit(bob)
    page.clock.install()
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/notifications?" in request.url else None)
    page.goto("/explore")

    def next_poll() -> int:
        """Advance the clock until the page has polled, and return the milliseconds."""
        before = len(asked)
        with page.expect_response("**/notifications?*"):
            # The script sets its timer again some time after the response.
            for count in range(1, 1000):
                page.clock.run_for(5_000)
                if len(asked) != before:
                    return 5_000 * count
        pytest.fail("The page has stopped to poll.")

    page.route("**/notifications?*", lambda route: route.fulfill(status=204))
    for _ in range(6):
        next_poll()
    assert next_poll() > 60_000
    page.unroute("**/notifications?*")
    page.context.clear_cookies(name="sessionid")
    next_poll()
    count = len(asked)
    page.clock.run_for(900_000)
    assert len(asked) == count


@pytest.mark.parametrize("width", [1280, 360])
def test_conversation_works_without_scripts(visit, ana, bob, width):
    page = visit(bob, java_script_enabled=False, viewport={"width": width, "height": 800})
    send_message(bob, sender=ana, body="Tea at five?")
    page.goto("/")
    expect(badge_of(page)).to_have_text("1")
    page.get_by_role("link", name="Messages").click()
    page.get_by_role("link", name=re.compile("ana")).first.click()
    page.get_by_label("Message", exact=True).fill("With cake.")
    page.get_by_role("button", name="Submit").click()
    # It opens at the newest message.
    expect(page.locator("#messages li").last).to_contain_text("With cake.")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The conversation was deleted for you.")).to_be_visible()
    assert Message.objects.count() == 2


def test_notification_is_read_when_it_is_opened(visit, ana, bob):
    follow_user(bob, actor=ana)
    page = visit(bob)
    page.goto("/")
    page.get_by_role("link", name="Notifications").click()
    page.get_by_role("link", name="ana followed you").click()
    expect(page.get_by_role("main").get_by_role("link", name="ana").first).to_be_visible()
    expect(badge_of(page, "notification_count")).to_be_hidden()


def test_restored_page_gets_another_submission_key(visit, ana, bob):
    page = visit(ana)
    page.goto("/send_message/bob")
    field = page.locator("[name=submission_key]")
    before = field.input_value()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(field).not_to_have_value(before)
    expect(field).to_have_attribute("autocomplete", "off")


@pytest.mark.parametrize("locale", ["ar", "en"])
def test_names_and_messages_are_aligned_to_the_start_and_truncated_at_the_end(visit, ana, locale):
    for name in ("W" * 64, "\u0639" * 64):
        send_message(ana, sender=UserFactory(username=name), body=f"{name[0] * 3} {name[0] * 30} " * 4)
    page = visit(ana, locale=locale, viewport={"width": 360, "height": 700})
    page.goto("/messages")
    rows = page.locator(".mb-conversation")
    expect(rows).to_have_count(2)
    start, end = ("right", "left") if locale == "ar" else ("left", "right")
    directions = []
    for row in rows.all():
        picture = row.locator(".mb-avatar").evaluate("(element) => element.getBoundingClientRect().toJSON()")
        for part in (row.locator(".mb-conversation__name"), row.locator(".mb-conversation__text")):
            box = part.evaluate("(element) => element.getBoundingClientRect().toJSON()")
            assert abs(abs(box[start] - picture[end]) - 12) < 2
            assert part.evaluate("(element) => element.scrollWidth > element.clientWidth")
            # The browser truncates at the end of the element's direction.
            directions.append(part.evaluate("(element) => getComputedStyle(element).direction"))
    assert directions == ["rtl", "rtl", "ltr", "ltr"]
