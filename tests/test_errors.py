import logging

import pytest
from django.db import OperationalError
from django.test import Client
from django.views.defaults import bad_request, permission_denied

from accounts.tests.factories import UserFactory
from microblog.core.requests import request_id
from microblog.core.views import not_found, server_error
from operations.logs import RequestIdFilter

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def answer_to(error, rf, **headers):
    """Return the response of the site to an error."""
    try:
        raise error
    except type(error):
        return server_error(rf.get("/", headers=headers))


def test_unknown_url_is_a_page_that_leads_back(client, db):
    response = client.get("/nosuch", headers=BROWSER)
    page = response.content.decode()
    assert response.status_code == 404
    assert "File Not Found" in page
    assert 'href="/"' in page


@pytest.mark.parametrize(
    "accept",
    [
        *("*/*", "application/json", "application/json, text/html;q=0.9", None, "image/png", "", "text/html;q=0"),
        *("text/html, application/json", "text/html;q=0.8, application/json;q=0.8", "text/html;q=0.5, */*;q=0.9"),
    ],
)
def test_unknown_url_is_json_for_clients_other_than_browsers(client, db, accept):
    response = client.get("/nosuch", headers={} if accept is None else {"Accept": accept})
    assert (response.status_code, response.json()) == (404, {"error": "Not Found"})


def test_wrong_method_lists_the_allowed_ones(client, db):
    client.force_login(UserFactory())
    response = client.get("/follow/ana")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "<html" in response.content.decode()


def test_wrong_host_is_refused_without_details(client, db):
    response = client.get("/about", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "evil" not in response.content.decode()


def test_500_page_needs_no_database_and_shows_no_details(rf):
    response = answer_to(ValueError("the password is 123"), rf, **BROWSER)
    page = response.content.decode()
    assert response.status_code == 500
    assert "An unexpected error has occurred" in page
    assert "123" not in page
    assert answer_to(ValueError(), rf, Accept="*/*").content == b'{"error": "Internal Server Error"}'


def test_500_page_says_that_administrators_are_notified_only_if_they_are(rf, settings):
    notified = "The administrator has been notified."
    settings.ERRORS_ARE_MAILED = False
    assert notified not in answer_to(ValueError(), rf, **BROWSER).content.decode()
    settings.ERRORS_ARE_MAILED = True
    assert notified in answer_to(ValueError(), rf, **BROWSER).content.decode()


def test_unavailable_database_is_503_with_retry_after(rf):
    response = answer_to(OperationalError("could not connect to server at 10.0.0.1"), rf, **BROWSER)
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    page = response.content.decode()
    assert "temporarily unavailable" in page
    assert "10.0.0.1" not in page


@pytest.mark.parametrize(("answer", "status"), [(bad_request, 400), (permission_denied, 403), (not_found, 404)])
def test_error_pages_say_what_happened_and_lead_back(rf, answer, status):
    response = answer(rf.get("/", headers=BROWSER), exception=Exception("secret details"))
    page = response.content.decode()
    assert response.status_code == status
    assert "<h1" in page
    assert 'href="/"' in page
    assert "secret details" not in page


def test_too_many_sign_in_attempts_get_a_page_that_says_to_wait(db):
    client = Client()
    statuses = [client.post("/auth/login", {"login": "unknown", "password": ""}).status_code for _ in range(26)]
    assert statuses == [200] * 25 + [429]
    assert "<h1" in client.post("/auth/login", {"login": "unknown", "password": ""}).content.decode()


class TestRequestId:
    def test_response_and_log_lines_of_a_request_share_an_id(self, client, db, caplog):
        caplog.handler.addFilter(RequestIdFilter())
        with caplog.at_level(logging.WARNING):
            response = client.get("/nosuch")
        assert {record.request_id for record in caplog.records} == {response["X-Request-ID"]}
        assert request_id.get() == "-"

    @pytest.mark.parametrize(
        ("proxies", "given", "is_kept"),
        [(0, "a" * 32, False), (1, "a" * 32, True), (1, "forged\nline", False), (1, "a" * 65, False)],
    )
    def test_request_id_of_a_proxy_is_used_only_if_it_is_trusted(self, client, db, settings, proxies, given, is_kept):
        settings.TRUSTED_PROXIES = proxies
        response = client.get("/about", headers={"X-Request-ID": given})
        assert (response["X-Request-ID"] == given) is is_kept
