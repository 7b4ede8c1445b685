"""Pages and clients while the database is unavailable."""

from contextlib import contextmanager

import pytest
from django.db import close_old_connections, connection
from django.test import Client

from posts.tests.factories import PostFactory
from tests.helpers.routes import urls

pytestmark = pytest.mark.django_db(transaction=True)

BROWSER = {"Accept": "text/html,*/*;q=0.8"}
UNREACHABLE = {"postgresql": {"HOST": "127.0.0.1", "PORT": "9"}, "sqlite": {"NAME": "/nonexistent/app.db"}}


@pytest.fixture
def reader(ana):
    """Return a client signed in as ana, who has a post; it gets error pages instead of exceptions."""
    PostFactory(author=ana)
    reader = Client(raise_request_exception=False)
    reader.force_login(ana)
    return reader


@contextmanager
def database_away():
    connection.close()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in UNREACHABLE[connection.vendor].items():
            patch.setitem(connection.settings_dict, name, value)
        yield
        connection.close()


@pytest.fixture
def no_database(reader):
    with database_away():
        yield


def test_database_outage_is_503_on_every_page(reader, no_database):
    statuses = set()
    for name, url in urls().items():
        for visitor in (reader, Client(raise_request_exception=False)):
            for method in ("get", "post"):
                response = getattr(visitor, method)(url, headers=BROWSER)
                statuses.add(response.status_code)
                if response.status_code == 503:
                    # Probes are handled before sessions for requests without one.
                    wait = "15" if name == "readyz" and visitor is not reader else "30"
                    assert response["Retry-After"] == wait, (name, method)
                else:
                    assert response.status_code < 500, (name, method)
    assert statuses == {200, 302, 401, 404, 405, 503}


def test_outage_is_a_page_for_browsers_and_json_for_clients(reader, no_database):
    page = reader.get("/", headers=BROWSER)
    assert (page.status_code, page["Retry-After"]) == (503, "30")
    assert "temporarily unavailable" in page.content.decode()
    answer = reader.get("/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (503, {"error": "Service Unavailable"})


def test_pages_recover_with_the_database(reader):
    with database_away():
        assert reader.get("/").status_code == 503
    assert reader.get("/").status_code == 200


@pytest.mark.postgresql
def test_closed_connection_fails_at_most_one_request(reader):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [backend])
    other.close()
    statuses = []
    for _ in range(3):
        statuses.append(reader.get("/").status_code)
        close_old_connections()  # as a server does between two requests
    assert statuses == [503, 200, 200]
