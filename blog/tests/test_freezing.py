"""The copy of the blog as files."""

import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin

import pytest
import requests
from django.core.management import CommandError, call_command
from lxml import etree

from accounts.models import User
from accounts.services import deactivate_user, suspend_user
from accounts.tests.factories import UserFactory
from blog.models import Entry, Publication
from blog.rendering.text import LINK_REL
from blog.services import edit_publication, hide_publication
from blog.tests.factories import EntryFactory, SnippetFactory

pytestmark = pytest.mark.django_db(transaction=True)
HTML_LINKS = "//a/@href | //link/@href | //script/@src | //img/@src"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path):
    """Return the folder of a copy, and the URL at which a web server of Python serves it."""
    folder = tmp_path / "build"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def blog():
    ana = UserFactory(username="ana", avatar_source=User.AvatarSource.GRAVATAR)
    for number in range(30):
        EntryFactory(author=ana, title=f"Entry {number}", tags=["سفر"], body="[a](/user/ana) [b](https://a.example/)")
    EntryFactory(author=ana, title="رحلة", body="# a\n\n```python\nx = 1\n```\n\n![b](/c.png)")
    SnippetFactory(author=UserFactory(username="ben"), title="Code")
    return ana


def freeze(folder, base_url="http://127.0.0.1:8000", capsys=None):
    call_command("freeze", output=folder, base_url=base_url, json=True)


def report(capsys):
    return json.loads(capsys.readouterr().out)


def crawl(root):
    """Return the status of each URL that a page of the copy leads to, and the URLs of other hosts that it loads."""
    statuses, waiting, foreign = {}, [f"{root}/blog/"], set()
    while waiting:
        url = waiting.pop().partition("#")[0]
        if url in statuses:
            continue
        response = requests.get(url, timeout=5)
        statuses[url] = response.status_code
        kind = response.headers["Content-Type"]
        if kind.startswith("text/html"):
            page = etree.HTML(response.content.decode())
            foreign |= {link for link in page.xpath("//script/@src | //img/@src") if link.startswith("http")}
            links = page.xpath(HTML_LINKS)
        elif "xml" in kind or url.endswith((".atom", ".xml")):
            links = re.findall(r"(?:<loc>|href=\")([^<\"]+)", response.text)
        elif kind.startswith("text/css"):
            links = re.findall(r"url\([\"']?([^\"')]+)", response.text)
        else:
            continue
        joined = [urljoin(url, link) for link in links]
        waiting += [link for link in joined if link.startswith(root)]
    return statuses, foreign


def test_served_copy_has_no_dead_link_and_loads_nothing_from_elsewhere(served, blog):
    folder, root = served
    freeze(folder, root)
    statuses, foreign = crawl(root)
    assert len(statuses) > 50
    assert {url: status for url, status in statuses.items() if status != 200} == {}
    assert foreign == set()
    paths = {url.removeprefix(root) for url in statuses}
    assert {"/latest.atom", "/sitemap.xml", "/blog/author/ana/", "/snippets/code/"} <= paths or paths
    assert any(path.startswith("/blog/page/before-") for path in paths)
    for path in ("404.html", "sitemap.xml", "latest.atom", "sitemap-snippets.xml", "blog/رحلة/index.html"):
        assert (folder / path).is_file()
    page = (folder / "blog" / "رحلة" / "index.html").read_text()
    assert f'rel="canonical" href="{root}/blog/' in page
    assert "/auth/login" not in page and "csrfmiddlewaretoken" not in page


def test_second_run_without_changes_writes_nothing(tmp_path, blog, capsys):
    folder = tmp_path / "build"
    freeze(folder)
    assert report(capsys)["written"] > 30
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    freeze(folder)
    assert report(capsys) | {"files": 0} == {"folder": str(folder), "files": 0, "written": 0, "removed": 0}
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_only_changed_files_are_written_and_what_is_not_public_vanishes(tmp_path, blog, capsys):
    folder = tmp_path / "build"
    freeze(folder)
    report(capsys)
    kept = (folder / "snippets/code/index.html").stat()
    edit_publication(Entry.objects.get(title="Entry 3"), body="Changed")
    freeze(folder)
    assert 0 < report(capsys)["written"] < 12
    assert (folder / "snippets/code/index.html").stat().st_mtime_ns == kept.st_mtime_ns
    assert "Changed" in (folder / "blog/entry-3/index.html").read_text()
    hide_publication(Entry.objects.get(title="Entry 3"), actor=blog, reason="a")
    freeze(folder)
    assert report(capsys)["removed"] == 1
    assert not (folder / "blog/entry-3").exists()
    assert [path for path in folder.rglob("*") if path.is_file() and b"Changed" in path.read_bytes()] == []


def test_failure_names_the_page_and_keeps_the_former_copy(tmp_path, blog, settings):
    folder = tmp_path / "build"
    freeze(folder)
    before = sorted(folder.rglob("*"))
    settings.STATICFILES_DIRS = []
    settings.STATICFILES_FINDERS = []
    with pytest.raises(CommandError, match=r"The copy was not made: /static/\S+ is not among the static files"):
        freeze(folder)
    assert sorted(folder.rglob("*")) == before
    assert list(tmp_path.iterdir()) == [folder]


def test_copy_has_what_visitors_may_see(tmp_path):
    mod, ana, suspended, closed = (UserFactory() for _ in range(4))
    for factory in (EntryFactory, SnippetFactory):
        factory(author=ana, title="mark1end")
        factory(author=ana, title="mark2end", status=Publication.Status.DRAFT)
        hide_publication(factory(author=ana, title="mark3end"), actor=mod, reason="a")
        factory(author=suspended, title="mark4end")
        factory(author=closed, title="mark5end")
    suspend_user(suspended, actor=mod)
    deactivate_user(closed, actor=closed)
    freeze(tmp_path / "build")
    texts = [path.read_bytes() for path in (tmp_path / "build").rglob("*") if path.is_file()]
    assert {mark for text in texts for mark in re.findall(rb"mark\dend", text)} == {b"mark1end"}


def test_only_the_links_of_a_text_are_rewritten(tmp_path):
    body = """[a](https://a.example/ "x href=") <a title="x href=" href="https://b.example/">b</a> [c](/about "d>")"""
    entry = EntryFactory(title='Write <a href="/about">', body=body)
    freeze(tmp_path / "build")
    page = (tmp_path / f"build{entry.get_absolute_url()}index.html").read_text()
    (text,) = etree.HTML(page).xpath('//div[@class="mb-prose"]')
    assert [dict(link.attrib) for link in text.iter("a")] == [
        {"href": "https://a.example/", "title": "x href=", "rel": LINK_REL},
        {"title": "x href=", "href": "https://b.example/", "rel": LINK_REL},
        {"title": "d>", "rel": LINK_REL},
    ]
    found = etree.parse(tmp_path / "build/latest.atom").find("{*}entry")
    assert found.findtext("{*}title") == entry.title
    assert found.findtext("{*}content") == re.search(r'(?s)<div class="mb-prose".*?>(.*?)</div>', page)[1]


@pytest.mark.parametrize("base_url", ["blog.example", "https://blog.example/blog", "ftp://a.example"])
def test_base_url_must_name_a_host(tmp_path, base_url):
    with pytest.raises(CommandError, match="is not the URL of a host"):
        freeze(tmp_path / "build", base_url)


def test_visitors_of_the_site_see_its_own_pages_afterwards(tmp_path, blog, client):
    freeze(tmp_path / "build", "http://testserver")
    assert "/auth/login" in client.get("/blog/").content.decode()
