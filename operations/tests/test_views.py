import pytest
from django.db import OperationalError, connection

from accounts.tests.factories import UserFactory
from operations import health
from operations.health import Part

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
def no_database(parts):
    parts["database"] = parts["database"]._replace(probe=away)


class TestProbes:
    def test_process_that_lives_says_so_whatever_is_away(self, client, no_database, django_assert_num_queries):
        with django_assert_num_queries(0):
            response = client.get("/livez")
        assert (response.status_code, response.content) == (200, b"ok\n")
        assert "no-store" in response["Cache-Control"]

    def test_monitor_is_answered_by_plain_http_at_any_host(self, client, settings):
        settings.SECURE_SSL_REDIRECT = True
        settings.ALLOWED_HOSTS = ["example.org"]
        for path in ("/livez", "/readyz"):
            assert client.get(path, headers={"host": "10.1.2.3:8000"}).status_code == 200
        assert client.get("/metrics", headers={"host": "10.1.2.3:8000", **WITH_TOKEN}).status_code == 200

    def test_ready_site_says_no_more_to_strangers(self, client):
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (200, {"status": "ok"})

    def test_site_without_database_is_not_ready(self, client, no_database):
        response = client.get("/readyz")
        assert (response.status_code, response.json(), response["Retry-After"]) == (503, {"status": "failed"}, "15")

    def test_degraded_site_is_ready(self, client, parts):
        parts["extra"] = Part("extra", away)
        response = client.get("/readyz")
        assert (response.status_code, response.json()) == (200, {"status": "degraded"})

    def test_token_opens_the_details(self, client, no_database):
        parts = client.get("/readyz", headers=WITH_TOKEN).json()["parts"]
        assert parts["database"]["status"] == "failed"
        assert "10.0.0.1" in parts["database"]["error"]
        assert parts["jobs"]["oldest_job_seconds"] == 0
        assert parts["redis"]["status"] == "off"
        assert isinstance(parts["jobs"]["milliseconds"], int)

    @pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", "Basic dDBrZW4=", TOKEN])
    def test_nothing_but_the_token_does(self, client, given):
        assert client.get("/readyz", headers={"Authorization": given}).json() == {"status": "ok"}
        response = client.get("/metrics", headers={"Authorization": given})
        assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")

    def test_no_token_is_no_key(self, client, settings):
        settings.MONITORING_TOKEN = ""
        assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401

    def test_staff_read_the_details_and_members_do_not(self, client):
        client.force_login(UserFactory())
        assert "parts" not in client.get("/readyz").json()
        assert client.get("/metrics").status_code == 403
        client.force_login(UserFactory(is_staff=True))
        assert "parts" in client.get("/readyz").json()
        assert client.get("/metrics").status_code == 200

    def test_staff_need_their_second_factor_where_the_administration_does(self, client, settings):
        settings.STAFF_SECOND_FACTOR = True
        client.force_login(UserFactory(is_staff=True))
        for path in ("/readyz", "/metrics"):
            assert client.get(path).status_code == 302


class TestMetrics:
    def test_answers_are_counted_by_address_and_status(self, client):
        for path in ("/about", "/nosuch/1", "/nosuch/2"):
            client.get(path)
        page = client.get("/metrics", headers=WITH_TOKEN).content.decode()
        assert 'microblog_answer_seconds_count{status="200",view="about"}' in page
        assert 'microblog_answer_seconds_count{status="404",view="-"}' in page
        assert "nosuch" not in page

    def test_parts_and_jobs_are_told(self, client, parts):
        parts["extra"] = Part("extra", away)
        page = client.get("/metrics", headers=WITH_TOKEN).content.decode()
        for line in (
            'microblog_part_up{part="database"} 1.0',
            'microblog_part_up{part="extra"} 0.0',
            'microblog_jobs_waiting{queue="microblog-mail"} 0.0',
            "microblog_oldest_job_seconds 0.0",
        ):
            assert line in page
        assert 'part="redis"' not in page


class TestStatus:
    def test_says_that_everything_works(self, client):
        page = client.get("/status").content.decode()
        assert "Everything works." in page
        assert "Redis" not in page

    def test_names_what_works_worse_in_plain_words(self, client, parts):
        parts["search"] = Part("search", away, "Search", "It finds less.")
        page = client.get("/status").content.decode()
        assert "It finds less." in page
        assert "10.0.0.1" not in page

    def test_is_readable_while_the_database_is_away(self, client, no_database, django_assert_num_queries):
        client.force_login(UserFactory())
        health.findings()
        with django_assert_num_queries(0):
            response = client.get("/status")
        assert response.status_code == 200
        assert "The site does not work at the moment." in response.content.decode()
        assert client.get("/").status_code == 200

    def test_is_readable_from_the_moment_on_at_which_the_database_goes(self, client):
        client.force_login(UserFactory())
        client.raise_request_exception = False
        assert "Everything works." in client.get("/status").content.decode()
        with connection.execute_wrapper(lambda *_: away()):
            response = client.get("/status")
        assert response.status_code == 200
        assert "The site does not work at the moment." in response.content.decode()

    def test_every_page_carries_a_banner_while_something_is_degraded(self, client, parts):
        assert "Status of the site" not in client.get("/about").content.decode()
        parts["search"] = Part("search", away, "Search", "It finds less.")
        health.look()
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

    def test_password_managers_find_the_page_that_changes_passwords(self, client):
        response = client.get("/.well-known/change-password")
        assert (response.status_code, response["Location"]) == (302, "/auth/change_password")

    def test_crawlers_are_sent_away_from_what_people_wrote(self, client):
        lines = client.get("/robots.txt").content.decode().splitlines()
        assert lines[0] == "User-agent: *"
        assert {"Allow: /about", "Allow: /auth/login", "Disallow: /"} <= set(lines)
