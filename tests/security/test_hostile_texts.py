"""Hostile titles and texts of the blog do nothing wherever the site shows them."""

import re
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import feedparser
import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from lxml import etree

from accounts.tests.factories import UserFactory
from blog.forms import TitleField
from blog.freezing import freeze
from blog.models import TITLE_MAX_LENGTH, Snippet
from blog.tests.factories import EntryFactory, SnippetFactory
from blog.tests.hostile import ATTRIBUTES, HOSTILE, TAGS, as_browsers_read
from jobs.models import Queue
from jobs.worker import run_due
from moderation.models import Decision
from moderation.services.decisions import decide
from moderation.services.reports import report
from moderation.tests.factories import a_rule, make_moderator
from relationships.services import follow_user
from tests.helpers.clients import bearer
from tests.helpers.exports import export_of

WORD = "findme"
# Acts as a reader may, and returns what a script has set.
ACT = """() => {
  for (const element of document.querySelectorAll("body *")) {
    element.dispatchEvent(new MouseEvent("mouseover", {bubbles: true}));
    element.dispatchEvent(new FocusEvent("focus"));
    if (/^(javascript|data|vbscript):/.test(element.protocol)) element.click();
  }
  return window.pwned ?? null;
}"""
# What the form accepts.
NOT_TYPED = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ufffe\uffff]")


def as_typed(source):
    return NOT_TYPED.sub(" ", source)


def make_title(source):
    """Return the beginning of a hostile text that has the length of a title, with a word to search for."""
    return TitleField().clean(f"{as_typed(source)[: TITLE_MAX_LENGTH - len(WORD) - 1]} {WORD}")


TITLES = list(dict.fromkeys(map(make_title, HOSTILE)))
HARMLESS = [f"The title of number {number} {WORD}" for number in range(3)]


@pytest.fixture(autouse=True)
def _long_pages(settings):
    settings.POSTS_PER_PAGE = 1_000
    # A link with any title and slug fits.
    settings.POST_MAX_LENGTH = 1_000


def write_blog(titles, texts):
    """Write an entry and a snippet with each title, and return their author, a follower."""
    author, follower = UserFactory(username="author"), UserFactory(username="follower")
    follow_user(author, actor=follower)
    for title, text in zip(titles, texts, strict=True):
        EntryFactory(author=author, title=title, body=f"{WORD}\n\n{text}", tags=["all"], announce=True)
        SnippetFactory(author=author, title=title, body=f"{WORD} {text}", lexer_name="html")
    # All texts at once, as evidence.
    SnippetFactory(author=author, title=titles[0], body="\n".join(texts)[:50_000])
    return author, follower


def read_pages(author, follower, folder):
    """Yield the pages, files and mails that show the titles, with whether they show texts as HTML of the user."""
    visitor, member, own = Client(), Client(), Client()
    member.force_login(follower)
    own.force_login(author)
    for path in ("/blog/", "/snippets/", "/blog/author/author/", "/snippets/author/author/", "/blog/tag/all/"):
        yield path, read(visitor, path), False
        yield path, read(member, path), False
    # The pages of the site, with other links.
    freeze(folder / "build", base_url="http://testserver")
    for path in (folder / "build").rglob("index.html"):
        yield "frozen", path.read_text(), True
    for query in (WORD, "window"):
        yield "search", read(member, f"/search?q={query}&type=blog"), False
        yield "posts", read(member, f"/search?q={query}"), True
    yield "home", read(member, "/"), True
    yield from read_moderation(author, follower, member, own)
    archive = export_of(author)
    for name in archive.namelist():
        if name.endswith(".html"):
            yield "archive", archive.read(name).decode(), True


def read(client, path):
    response = client.get(path, headers={"Accept": "text/html"})
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    return response.content.decode()


def read_moderation(author, follower, member, own):
    moderator = make_moderator(username="moderator")
    staff = Client()
    staff.force_login(moderator)
    snippet = Snippet.objects.by(author).latest("pk")
    yield "report", read(member, f"/report/snippet/{snippet.pk}"), False
    case = report(snippet, actor=follower, rule=a_rule(), comment=snippet.title).case
    yield "reports", read(member, "/reports"), False
    yield "report", read(member, f"/reports/{case.pk}"), False
    yield "case", read(staff, f"/admin/moderation/case/{case.pk}/change/"), False
    yield "cases", read(staff, "/admin/moderation/case/?state=all"), False
    action = Decision.Action.HIDE_SNIPPET
    decision = decide(case, action=action, actor=moderator, rule=a_rule(), reason=snippet.title)
    yield "decision", read(own, f"/decisions/{decision.pk}"), False
    yield "notifications", read(own, "/notifications"), False
    run_due(Queue.TASKS)
    run_due(Queue.MAIL)
    assert mail.outbox
    for message in mail.outbox:
        yield "mail", message.alternatives[0].content, False


class Elements(HTMLParser):
    """Collects each kind of element: its name, the names of its attributes, and the schemes of its URLs."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attributes):
        # The language is that of the text.
        names = frozenset(dict(attributes)) - {"lang"}
        targets = {as_browsers_read(value or "") for name, value in attributes if name in {"href", "src", "action"}}
        schemes = {match[1] for target in targets if (match := re.match(r"([a-z][a-z0-9+.-]*):", target))}
        self.found.add((tag, names, frozenset(schemes)))


def kinds_of_elements(html):
    parser = Elements()
    parser.feed(html)
    parser.close()
    return parser.found


def is_allowed_in_texts(tag, names, schemes):
    return tag in TAGS and names <= ATTRIBUTES and schemes <= {"http", "https", "mailto"}


@pytest.mark.django_db
def test_hostile_titles_and_texts_add_no_element(tmp_path):
    expected = {}
    with transaction.atomic():
        for place, html, _shows_texts in read_pages(*write_blog(HARMLESS, HARMLESS), tmp_path):
            expected.setdefault(place, set()).update(kinds_of_elements(html))
        transaction.set_rollback(True)
    mail.outbox.clear()
    texts = [as_typed(source) for source in HOSTILE[: len(TITLES)]]
    places = set()
    for place, html, shows_texts in read_pages(*write_blog(TITLES, texts), tmp_path):
        added = kinds_of_elements(html) - expected[place]
        assert [kind for kind in added if not (shows_texts and is_allowed_in_texts(*kind))] == [], place
        places.add(place)
    assert places == expected.keys()


@pytest.mark.django_db
def test_titles_are_what_was_typed_in_feeds_and_the_api():
    titles = TITLES[:15]
    _author, follower = write_blog(titles, titles)
    feed = feedparser.parse(Client().get("/latest.atom").content, sanitize_html=False)
    assert feed.bozo == 0
    assert sorted(entry.title for entry in feed.entries) == sorted(titles)
    assert etree.fromstring(Client().get("/sitemap-entries.xml").content) is not None
    client = Client(headers=bearer(follower))
    for path in ("/api/entries?limit=100", f"/api/search/blog?q={WORD}&per_page=100"):
        response = client.get(path)
        assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/json", "nosniff")
        assert {item["title"] for item in response.json()["items"]} == set(titles)


@pytest.fixture
def folder(tmp_path):
    """Return a folder, and the URL at which a web server serves its files, which sends no policy."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_script_runs_from_pages_and_files_without_the_policy(browser, folder):
    root, url = folder
    # Some of the texts, since all of them are in blog/tests/test_hostile.py.
    titles, texts = TITLES[::7], [as_typed(source) for source in HOSTILE[::7]]
    names = []
    author, follower = write_blog(titles, texts[: len(titles)])
    for number, (place, html, _shows_texts) in enumerate(read_pages(author, follower, root)):
        names.append(f"{number}-{place.strip('/').replace('/', '-')}.html")
        (root / names[-1]).write_text(html)
    context = browser.new_context()
    page = context.new_page()
    requested = set()
    page.on("request", lambda request: requested.add(request.url))
    # Files in frames, of which many load at once.
    for start in range(0, len(names), 50):
        frames = "".join(f"<iframe src='{quote(name)}'></iframe>" for name in names[start : start + 50])
        (root / "frames.html").write_text(f"<!DOCTYPE html><title>a</title>{frames}")
        page.goto(f"{url}/frames.html", wait_until="load")
        found = [frame.evaluate(ACT) for frame in page.frames[1:]]
        assert found == [None] * (len(page.frames) - 1)
    assert [one for one in requested if not one.startswith((url, "data:"))] == []
    context.close()
