"""Size of a page with everything it loads, before and after compression."""

import gzip
import re
from http import HTTPStatus

import brotli
import pytest
from django.middleware.gzip import GZipMiddleware
from django.test import Client

from tests.helpers.weight import COLD_HOME_BAR, POST_BAR, SCRIPTS_BAR, SECOND_PAGE_BAR, fill_home

# In the gzip header: offset of the flags, flag of a file name, offset of the name.
FLAGS, HAS_FILE_NAME, FILE_NAME = 3, 8, 10


@pytest.mark.django_db
class TestCompression:
    def test_html_is_compressed_with_random_length(self, client):
        lengths = set()
        for _ in range(30):
            response = client.get("/about", headers={"Accept-Encoding": "br, gzip"})
            assert response["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in response["Vary"]
            assert b"<html" in gzip.decompress(response.content)
            # A file name of random length hides how long the page is: lengths tell an eavesdropper what it repeats
            # (BREACH).
            assert response.content[FLAGS] == HAS_FILE_NAME
            lengths.add(response.content.index(b"\0", FILE_NAME) - FILE_NAME)
        assert lengths <= set(range(GZipMiddleware.max_random_bytes))
        assert len(lengths) != 1

    def test_errors_are_compressed_too(self, client):
        response = client.get("/nosuch", headers={"Accept-Encoding": "gzip", "Accept": "text/html"})
        assert (response.status_code, response["Content-Encoding"]) == (HTTPStatus.NOT_FOUND, "gzip")

    def test_client_without_accept_encoding_gets_uncompressed_html(self, client):
        assert "Content-Encoding" not in client.get("/about").headers

    @pytest.mark.parametrize("path", ["/avatar/1.svg", "/api/schema", "/robots.txt"])
    def test_nothing_but_html_is_compressed(self, path):
        response = Client().get(path, headers={"Accept-Encoding": "gzip"})
        assert response.status_code == HTTPStatus.OK
        assert "Content-Encoding" not in response.headers


@pytest.mark.django_db
def test_html_of_a_post_is_light(ana_client, ana):
    fill_home(ana)
    posts = re.findall(rb"<article.*?</article>", ana_client.get("/").content, re.DOTALL)
    assert len(posts) == 25
    assert max(len(post) for post in posts) <= POST_BAR


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_pages_are_light_in_a_browser_with_a_cold_cache(visit, ana):
    fill_home(ana)
    page, loaded = visit(ana), []
    page.on("requestfinished", lambda request: loaded.append(request))  # noqa: PLW0108 - Playwright marks its handlers
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert page.locator("article").count() == 25
    sizes = {request.url: carried(request.response()) for request in loaded if request.url.startswith("http")}
    assert {"css", "js", "svg"} <= {url.rpartition(".")[2] for url in sizes}
    assert sum(sizes.values()) <= COLD_HOME_BAR, sizes
    assert sum(size for url, size in sizes.items() if url.endswith(".js")) <= SCRIPTS_BAR, sizes
    # All that the next page loads and the first one did not: a browser keeps files, and pictures for a week.
    loaded.clear()
    page.goto("/explore")
    page.wait_for_load_state("networkidle")
    assert page.locator("article").count() == 25
    more = {
        request.url: carried(request.response())
        for request in loaded
        if request.url.startswith("http") and request.url not in sizes
    }
    assert more
    assert sum(more.values()) <= SECOND_PAGE_BAR, more


def carried(response):
    """Return the transferred bytes of a body: over HTTPS WhiteNoise serves static files with Brotli."""
    if "/static/" not in response.url:
        return response.request.sizes()["responseBodySize"]
    return len(brotli.compress(response.body()))
