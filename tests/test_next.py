"""The parameter `next` redirects to pages of this site only."""

import pytest
from django.core import mail

from accounts.tests.factories import UserFactory
from microblog.core.site_urls import is_site_path
from tests.helpers.mail import deliver, link_in

PASSWORD = "measures twice"
ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "//evil.example/%2e%2e",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "//\\evil.example",
    "\\evil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "mailto:evil@evil.example",
    "file:///etc/passwd",
    "ftp://evil.example/",
    "http://evil.example/",
    "https://evil.example/",
    "HTTPS://EVIL.EXAMPLE/",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    "https:evil.example",
    "https:\\evil.example",
    "http://testserver@evil.example/",
    "http://testserver:80@evil.example/",
    "http://testserver.evil.example/",
    "http://testserver%2eevil.example/",
    "http://testserver/explore",
    "//testserver/explore",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\r\nSet-Cookie:a=b",
    "\t//evil.example",
    "\n//evil.example",
    " //evil.example",
    "/ /evil.example",
    "/\x00/evil.example",
    "\x00//evil.example",
    "/\u2028/evil.example",
    "/\u200b/evil.example",
    "\u3000//evil.example",
    "//evil\u3002example",
    "//[::1]/",
    "//[evil",
    "http://[evil",
    "//user:password@evil.example",
    "evil.example",
    "explore",
    "./explore",
    "../explore",
    "?next=/explore",
    "#top",
    "@evil.example",
    "/\\t/evil.example",
]
HERE = [
    "/explore",
    "/explore?before=7",
    "/user/ana#posts",
    "/search?q=a%20b%5C",
    "/%2F%2Fevil.example",
    "/.//evil.example",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_other_sites_are_refused(url):
    assert not is_site_path(url)


@pytest.mark.parametrize("url", HERE)
def test_pages_of_the_site_are_accepted(url):
    assert is_site_path(url)


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["//evil.example", "/\\evil.example", "\t//evil.example", "https://evil.example/"])
def test_no_page_redirects_to_another_site(client, url, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    ana = UserFactory(username="ana", email="ana@example.com", password=PASSWORD)
    for path in ("/theme", "/language"):
        assert client.post(path, {"theme": "dark", "language": "en", "next": url})["Location"] == "/"
    data = {"login": "ana", "password": PASSWORD, "next": url}
    assert client.post("/auth/login", data)["Location"] == "/"
    assert client.get("/auth/login", {"next": url})["Location"] == "/"
    assert client.post("/auth/logout", {"next": url})["Location"] == "/"
    assert client.post("/auth/reset_password_request", {"email": ana.email, "next": url})["Location"] == "/auth/login"
    data = {"username": "bob", "email": "bob@example.com", "password1": PASSWORD, "password2": PASSWORD, "next": url}
    assert client.post("/auth/register", data)["Location"] == "/"
    response = client.get("/auth/register", {"next": url})
    assert response["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/explore", "/user/ana?before=7"])
def test_requested_page_is_reached_after_sign_in(client, url):
    UserFactory(username="ana", password=PASSWORD)
    assert client.post("/theme", {"theme": "dark", "next": url})["Location"] == url
    assert client.post("/auth/login", {"login": "ana", "password": PASSWORD, "next": url})["Location"] == url
    assert client.get("/auth/login", {"next": url})["Location"] == url


@pytest.mark.django_db
def test_reset_link_ignores_next(client):
    ana = UserFactory(email="ana@example.com", password=PASSWORD)
    client.post("/auth/reset_password_request", {"email": ana.email})
    deliver()
    form = client.get(link_in(mail.outbox[0]) + "?next=//evil.example")["Location"]
    data = {"password1": "cuts only once", "password2": "cuts only once", "next": "//evil.example"}
    assert client.post(form + "?next=//evil.example", data)["Location"] == "/auth/login"
