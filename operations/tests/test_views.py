import pytest
from django.db import OperationalError, connection

from accounts.tests.factories import UserFactory
from operations import health
from operations.health import Component

pytestmark = pytest.mark.django_db

TOKEN = "t0ken-of-the-monitor"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
BROWSER = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture(autouse=True)
def _token(settings):
    settings.MONITORING_TOKEN = TOKEN


def away():
    raise OperationalError("could not connect to server at 10.0.0.1")


@pytest.fixture
def no_database(components):
    components["database"] = components["database"]._replace(probe=away)


class TestProbes:
    def test_live_process_is_ok_while_components_are_unavailable(self, client, no_database, django_assert_num_queries):
        with django_assert_num_queries(0):
            response = client.get("/livez")
        assert (response.status_code, response.content) == (200, b"ok\n")
        assert "no-store" in response["Cache-Control"]

    def test_monitor_gets_a_response_by_plain_http_at_any_host(self, client, settings):
        settings.SECURE_SSL_REDIRECT = True
        settings.ALLOWED_HOSTS = ["example.org"]
        for path in ("/livez", "/readyz"):
            assert client.get(path, headers={"host": "10.1.2.3:8000"}).status_code == 200
        assert client.get("/metrics", headers={"host": "10.1.2.3:8000", **WITH_TOKEN}).status_code == 200

    def test_visitors_get_only_the_status(self, client):
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (200, {"status": "ok"})

    def test_site_without_database_is_not_ready(self, client, no_database):
        response = client.get("/readyz")
        assert (response.status_code, response.json(), response["Retry-After"]) == (503, {"status": "failed"}, "15")

    def test_degraded_site_is_ready(self, client, components):
        components["extra"] = Component("extra", away)
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (200, {"status": "degraded"})

    def test_token_shows_the_details(self, client, no_database):
        components = client.get("/readyz", headers=WITH_TOKEN).json()["components"]
        assert components["database"]["status"] == "failed"
        assert "10.0.0.1" in components["database"]["error"]
        assert components["jobs"]["oldest_job_seconds"] == 0
        assert components["redis"]["status"] == "off"
        assert isinstance(components["jobs"]["milliseconds"], int)

    @pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", "Basic dDBrZW4=", TOKEN])
    def test_wrong_token_shows_no_details(self, client, given):
        assert client.get("/readyz", headers={"Authorization": given}).json() == {"status": "ok"}
        response = client.get("/metrics", headers={"Authorization": given})
        assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")

    def test_empty_token_never_matches(self, client, settings):
        settings.MONITORING_TOKEN = ""
        assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401

    def test_staff_see_the_details_and_members_do_not(self, client):
        client.force_login(UserFactory())
        assert "components" not in client.get("/readyz").json()
        assert client.get("/metrics").status_code == 403
        client.force_login(UserFactory(is_staff=True))
        assert "components" in client.get("/readyz").json()
        assert client.get("/metrics").status_code == 200

    def test_staff_need_a_second_factor_as_in_the_admin(self, client, settings):
        settings.STAFF_SECOND_FACTOR = True
        client.force_login(UserFactory(is_staff=True))
        for path in ("/readyz", "/metrics"):
            assert client.get(path).status_code == 302


class TestMetrics:
    def test_responses_are_counted_by_view_and_status(self, client):
        for path in ("/about", "/nosuch/1", "/nosuch/2"):
            client.get(path)
        page = client.get("/metrics", headers=WITH_TOKEN).content.decode()
        assert 'microblog_response_seconds_count{status="200",view="about"}' in page
        assert 'microblog_response_seconds_count{status="404",view="-"}' in page
        assert "nosuch" not in page

    def test_components_and_jobs_have_metrics(self, client, components):
        components["extra"] = Component("extra", away)
        page = client.get("/metrics", headers=WITH_TOKEN).content.decode()
        for line in (
            'microblog_component_up{component="database"} 1.0',
            'microblog_component_up{component="extra"} 0.0',
            'microblog_jobs_waiting{queue="microblog-mail"} 0.0',
            "microblog_oldest_job_seconds 0.0",
        ):
            assert line in page
        assert 'component="redis"' not in page


class TestStatus:
    def test_healthy_site_shows_that_everything_works(self, client):
        page = client.get("/status").content.decode()
        assert "Everything works." in page
        assert "Redis" not in page

    def test_degraded_component_is_described_in_plain_words(self, client, components):
        components["search"] = Component("search", away, "Search", "It finds less.")
        page = client.get("/status").content.decode()
        assert "It finds less." in page
        assert "10.0.0.1" not in page

    def test_status_is_shown_while_the_database_is_unavailable(self, client, no_database, django_assert_num_queries):
        client.force_login(UserFactory())
        health.findings()
        with django_assert_num_queries(0):
            response = client.get("/status")
        assert response.status_code == 200
        assert "The site does not work at the moment." in response.content.decode()
        assert client.get("/").status_code == 200

    def test_status_is_shown_when_the_database_becomes_unavailable(self, client):
        client.force_login(UserFactory())
        client.raise_request_exception = False
        assert "Everything works." in client.get("/status").content.decode()
        with connection.execute_wrapper(lambda *_: away()):
            response = client.get("/status")
        assert response.status_code == 200
        assert "The site does not work at the moment." in response.content.decode()

    def test_every_page_carries_a_banner_while_something_is_degraded(self, client, components):
        assert "Status of the site" not in client.get("/about").content.decode()
        components["search"] = Component("search", away, "Search", "It finds less.")
        health.check_components()
        page = client.get("/about").content.decode()
        assert "It finds less." in page
        assert 'href="/status"' in page


class TestWellKnown:
    def test_security_txt_names_a_contact_and_expires(self, client, settings):
        settings.SECURITY_CONTACT = "security@example.org"
        page = client.get("/.well-known/security.txt").content.decode()
        assert page.startswith("Contact: mailto:security@example.org\nExpires: 20")
        settings.SECURITY_CONTACT = "https://example.org/report"
        assert "Contact: https://example.org/report\n" in client.get("/.well-known/security.txt").content.decode()
        settings.SECURITY_CONTACT = ""
        assert client.get("/.well-known/security.txt").status_code == 404

    def test_change_password_url_redirects_to_the_form(self, client):
        response = client.get("/.well-known/change-password")
        assert (response.status_code, response["Location"]) == (302, "/auth/change_password")

    def test_crawlers_are_disallowed_on_user_content(self, client):
        lines = client.get("/robots.txt").content.decode().splitlines()
        assert lines[0] == "User-agent: *"
        assert {"Allow: /about", "Allow: /auth/login", "Disallow: /"} <= set(lines)
