"""Security headers, and limits on request sizes."""

import pytest

from accounts.security.models import ApiToken
from accounts.tests.factories import UserFactory
from tests.helpers.clients import bearer

pytestmark = pytest.mark.django_db


def test_page_may_load_what_the_site_serves_and_nothing_else(client):
    response = client.get("/about")
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["img-src"] == "'self' data:"


def test_headers_restrict_other_sites_and_device_features(client):
    response = client.get("/about")
    assert response["Cross-Origin-Opener-Policy"] == response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert {"camera=()", "microphone=()", "publickey-credentials-get=(self)"} <= set(
        response["Permissions-Policy"].split(", ")
    )


def test_avatars_may_be_embedded_by_other_sites(client):
    ana = UserFactory()
    assert client.get(f"/avatar/{ana.pk}.svg")["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_avatars_are_the_same_for_all_and_need_no_session(client, django_assert_num_queries):
    ana = UserFactory()
    client.force_login(ana)
    with django_assert_num_queries(0):
        response = client.get(f"/avatar/{ana.pk}.svg")
    assert "Cookie" not in response["Vary"]
    assert response["Cache-Control"] == "public, max-age=604800"


def test_browsers_are_redirected_to_https_and_programs_are_refused(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    headers = bearer(UserFactory())
    for path in ("/about", "/api/docs"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (301, f"https://testserver{path}")
    for path in ("/api/users", "/api/instance", "/api/nosuch"):
        response = client.get(path, headers=headers)
        assert (response.status_code, response.json()["message"].split(":")[0]) == (403, "use HTTPS")
    assert ApiToken.objects.get().last_used_at is None
    assert client.get("/api/users", headers=headers, secure=True).status_code == 200


def test_large_bodies_many_fields_and_files_are_refused(client):
    client.force_login(UserFactory())
    longest = "字" * 5000
    for body in ("body=" + "x" * 1024 * 1024, "&".join(f"a{number}=1" for number in range(501))):
        assert client.post("/", body, content_type="application/x-www-form-urlencoded").status_code == 400
    with open(__file__, "rb") as file:  # noqa: PTH123 - the test client needs an open file
        assert client.post("/", {"body": "with a file", "file": file}).status_code == 400
    assert client.post("/", {"body": longest}).status_code == 200
