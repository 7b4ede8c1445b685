"""Fixtures for all tests, and the selection of the tests that this run can execute."""

import os
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from django.utils import translation
from playwright.sync_api import Browser, sync_playwright
from redis import Redis

from scripts import catalogues
from scripts.local_services import find_missing
from scripts.servers import find_chromium
from tests.helpers.authenticators import PERIOD
from tests.helpers.hashing import QuickArgon2PasswordHasher

pytest_plugins = ["tests.helpers.browser", "tests.helpers.engines", "tests.helpers.sources", "tests.helpers.users"]

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    """Compile the catalogues, once for all workers of a parallel run."""
    if not hasattr(config, "workerinput"):
        for path in catalogues.catalogue_paths():
            catalogues.compile_catalogue(path)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Deselect tests that cannot run here, and on PostgreSQL those that use no database, which ran on SQLite.

    Tests that empty the tables follow the others, which need the rows that migrations write. The longest of them are
    the first, so that no worker waits for them; browser tests run last.
    """
    missing, on_postgresql = find_missing(), connection.vendor == "postgresql"
    is_contract_wanted = os.environ.get("REQUIRE_SERVICES") or "contract" in config.option.markexpr
    can_run = {
        "browser": "browser" not in missing and not on_postgresql,
        "programs": not on_postgresql,
        "once": not on_postgresql,
        "sqlite": not on_postgresql,
        "postgresql": on_postgresql,
        "contract": on_postgresql and is_contract_wanted,
    } | {marker: marker not in missing for marker in ("nginx", "mariadb", "redis", "elasticsearch")}
    left_out = [marker for marker, can in can_run.items() if not can]
    deselected = [
        item
        for item in items
        if any(map(item.get_closest_marker, left_out)) or (on_postgresql and not _uses_database(item))
    ]
    config.hook.pytest_deselected(items=deselected)
    kept = [item for item in items if item not in deselected]
    items[:] = sorted(kept, key=_place)


def _place(item: pytest.Item) -> int:
    """Return the position of a test's group."""
    # Playwright's event loop runs in this thread until its browser is closed, which is after the last test.
    if item.get_closest_marker("browser"):
        return 3
    if item.get_closest_marker("contract"):
        return 1
    marker = item.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        return 2
    return 0 if {"transactional_db", "live_server"}.isdisjoint(getattr(item, "fixturenames", ())) else 2


def _uses_database(item: pytest.Item) -> bool:
    """Return whether a test has access to the database, by its marker and fixtures."""
    return item.get_closest_marker("django_db") is not None or "_django_db_helper" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Use a file for SQLite, which threads can share; each run has its own."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = tmp_path_factory.mktemp("database") / "test.db"


@pytest.fixture(autouse=True, scope="session")
def _log_can_be_emptied_between_tests() -> None:
    """Drop the triggers that guard the audit log while the tables of a transactional test are flushed."""
    guard = import_module("audit.migrations.0002_refuse_changes")
    lift, restore = guard.REVERSE[connection.vendor], guard.STATEMENTS[connection.vendor]
    # On the class: the event loop of a browser gives this thread another connection.
    operations = type(connection.ops)
    flush = operations.sql_flush

    def sql_flush(self: Any, *args: Any, **kwargs: Any) -> list[str]:
        return [*lift, *flush(self, *args, **kwargs), *restore]

    operations.sql_flush = sql_flush  # type: ignore[method-assign] # during tests


@pytest.fixture(autouse=True, scope="session")
def _codes_outlive_every_test() -> Iterator[None]:
    """Keep the codes of authenticator apps valid for the whole test."""
    with override_settings(MFA_TOTP_PERIOD=PERIOD):
        yield


@pytest.fixture(autouse=True, scope="session")
def _passwords_are_hashed_quickly() -> Iterator[None]:
    """Lower the cost of the site's password hasher."""
    site_hasher, *others = django_settings.PASSWORD_HASHERS
    assert site_hasher == "django.contrib.auth.hashers.Argon2PasswordHasher"
    quick = f"{QuickArgon2PasswordHasher.__module__}.{QuickArgon2PasswordHasher.__qualname__}"
    with override_settings(PASSWORD_HASHERS=[quick, *others]):
        yield


@pytest.fixture(autouse=True)
def _no_limits_left_over() -> None:
    """Reset the rate limits that another test has used."""
    cache.clear()


@pytest.fixture(autouse=True)
def _language_is_the_default() -> None:
    """Reset the language, which the last request of another test has set."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _archives_go_to_a_folder_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Store exports of tests outside the project, in a folder for each test."""
    storages: dict[str, Any] = django_settings.STORAGES
    exports = storages["exports"] | {"OPTIONS": {"location": tmp_path_factory.mktemp("exports")}}
    with override_settings(STORAGES=storages | {"exports": exports}):
        yield


@pytest.fixture
def redis_url(settings: Any, worker_id: str) -> Iterator[str]:
    """Configure the real Redis, empty, for tests that are marked `redis`; each worker has its own database."""
    server, _, first = os.environ["TEST_REDIS_URL"].rpartition("/")
    number = int(first) + (0 if worker_id == "master" else int(worker_id.removeprefix("gw")))
    url = f"{server}/{number}"
    settings.REDIS_URL = url
    settings.RQ_QUEUES = {name: queue | {"URL": url} for name, queue in settings.RQ_QUEUES.items()}
    client = Redis.from_url(url)
    client.flushdb()
    yield url
    client.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Launch the system's Chromium, for tests that are marked `browser`."""
    chromium = find_chromium()
    assert chromium
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as environment:
        # Because of Playwright's event loop, Django considers the whole thread asynchronous.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()
