import pytest
from django.test import Client
from django.views.defaults import bad_request, page_not_found, permission_denied, server_error

from accounts.tests.factories import UserFactory


def test_unknown_address_is_a_page_that_leads_back(client, db):
    response = client.get("/nosuch")
    page = response.content.decode()
    assert response.status_code == 404
    assert "File Not Found" in page
    assert 'href="/"' in page


def test_wrong_method_names_the_right_one(client, db):
    client.force_login(UserFactory())
    response = client.get("/follow/somebody")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "<html" in response.content.decode()


def test_wrong_host_is_told_so_without_details(client, db):
    response = client.get("/about", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "evil" not in response.content.decode()


def test_error_500_needs_no_database(rf, django_assert_num_queries):
    response = server_error(rf.get("/"))
    page = response.content.decode()
    assert response.status_code == 500
    assert "An unexpected error has occurred" in page


@pytest.mark.parametrize(("answer", "status"), [(bad_request, 400), (permission_denied, 403), (page_not_found, 404)])
def test_error_pages_say_what_happened_and_lead_back(rf, answer, status):
    response = answer(rf.get("/"), exception=Exception("details nobody should see"))
    page = response.content.decode()
    assert response.status_code == status
    assert "<h1" in page
    assert 'href="/"' in page
    assert "nobody should see" not in page


def test_too_many_attempts_at_signing_in_get_the_page_that_says_to_wait(db):
    client = Client()
    for _ in range(31):
        response = client.post("/auth/login", {"login": "nobody", "password": ""})
    assert response.status_code == 429
    assert "<h1" in response.content.decode()
