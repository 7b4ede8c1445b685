"""Whom most tests are about, and visits that notice what a reader's browser would complain about."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from accounts.models import User
from accounts.tests.factories import UserFactory
from accounts.tests.test_api_contract import bearer

Visit = Callable[..., Page]


@pytest.fixture
def ana(db: None) -> User:
    return UserFactory(username="ana")


@pytest.fixture
def as_ana(ana: User) -> Client:
    """Return a client of the API with a token."""
    return Client(headers=bearer(ana))


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Visit]:
    """
    Return a function that opens a window of its own, for a person or nobody, with options of Playwright's context.

    At the end no page has asked another host for anything, and none has written to the console.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(person: User | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(10_000)
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
