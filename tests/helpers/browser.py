"""Visits in a browser, and checks of each page."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User

Visit = Callable[..., Page]
# The pages of a member, in every state.
LONG_NAME = "W" * 64
LONG_OWNER = "M" * 100
PAGES = [
    "/",
    "/explore",
    "/search?q=the",
    "/search?q=a&type=people",
    "/search?q=the&type=blog",
    "/search?q=nosuchword&type=blog",
    "/search?q=nosuchword",
    "/explore?before=1",
    f"/user/{LONG_NAME}",
    "/user/ana",
    "/user/empty",
    "/user/ana/followers",
    "/user/ana/following",
    "/user/empty/followers",
    "/edit_profile",
    "/settings/preferences",
    "/settings/notifications",
    "/settings/exports",
    "/messages",
    "/messages?before=1",
    f"/messages/{LONG_NAME}",
    "/messages/empty",
    f"/messages/{LONG_NAME}/delete",
    "/send_message/empty",
    "/notifications",
    "/repositories",
    "/repositories/watched",
    f"/repositories/{LONG_OWNER}/hello",
    "/repositories/octocat/empty?q=nosuchword",
    "/notifications?before=1",
    "/settings/blocked",
    "/settings/muted",
    "/block/empty",
    "/auth/email",
    "/auth/change_password",
    "/about",
    "/status",
]
# Otherwise axe loads the style sheets itself, and resolves imports against the wrong URL.
OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"], "preload": False}


# Milliseconds that actions and expectations wait; only reached in a failure.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def _requests_end_before_the_tables_are_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Wait for requests of closed windows, which could write to the database of the next test."""
    if "live_server" not in request.fixturenames:
        yield
        return
    # Ends after this.
    request.getfixturevalue("transactional_db")
    others = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - others:
        if "process_request_thread" in thread.name:
            thread.join(PATIENCE / 1000)
            assert not thread.is_alive(), "A connection to the live server was left open."


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Visit]:
    """
    Return a function that opens a separate window, for a user or a visitor, with options of Playwright's context.

    At the end, fail if a page requested another host or wrote to the console.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(person: User | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if person:
            client = Client()
            client.force_login(person)
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((live_server.url, "data:")) else complaints.append(request.url)
            ),
        )
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def assert_no_findings(page: Page, where: str) -> None:
    """Run axe, whose own inline styles need a window opened with `bypass_csp`, on the page once it has its style."""
    page.wait_for_load_state()
    results = Axe().run(page, options=OPTIONS)
    findings = [
        (violation["id"], node["target"], node.get("failureSummary"))
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
    assert findings == [], where


def assert_nothing_sticks_out(page: Page, where: str) -> None:
    """Fail if an element is wider than the window."""
    page.set_viewport_size({"width": 320, "height": 700})
    expect(page.locator("html"), where).to_have_js_property("scrollWidth", 320)
