"""
Hostile values in every field and parameter cause no 5xx and no slow response.

Forms are found by visiting all URLs; query parameters are those of the forms and links of all pages; API parameters
are those of the OpenAPI document. Every request is rolled back to a savepoint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import pytest
from django.apps import apps
from django.conf import settings as site
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts.security.services import make_token
from accounts.tests.factories import UserFactory
from api.schema import get_schema
from exports.services import request_export
from messaging.conversations.services import send_message
from moderation.services.reports import report
from moderation.tests.factories import a_rule
from posts.services import hide_post
from posts.tests.factories import PostFactory
from relationships.services import follow_user
from tests.helpers.cost import affordable

pytestmark = pytest.mark.django_db

MARKS = "\u0323\u0301" * 16_000
# Values for one field at a time, while the others keep the page's values.
SINGLE = ["\0", "9" * 40, MARKS]
# Values for all fields of a form at once.
TOGETHER = [
    *SINGLE, "", "a\0b", "-1", "9" * 5000, "²", "1e999", "NaN", '{"id":1}', "[" * 50_000, "a" * 100_000,
    "a@" + "a." * 40_000, "' OR 1=1 --", "%", "\u2028\r\nX: y", "/" * 3000, "//\\evil.example", "🏳" * 25_000,
    "word " * 20_000, "1," * 40_000, "\uff9e\u093c" * 16_000,
]  # fmt: skip
# Values for URLs and query strings, including percent-encoded bytes that are not UTF-8.
IN_QUERY = [*map(quote, [*SINGLE, "", "-1", "9" * 5000, "²", "a" * 50_000, "word " * 1200]), "%ED%A0%80", "%ff%fe"]
# Members of a JSON body: other types, and values that only JSON can express.
IN_JSON = [
    *TOGETHER,
    None,
    True,
    0,
    -1,
    2**70,
    1e300,
    [],
    {},
    [[[[]]]],
    {"a": ["\0"]},
    "\ud800",
    ["\udfff"],
    {"\ud800": 1},
]
LEFT_OUT = {"csrfmiddlewaretoken"}


class Form(NamedTuple):
    """A form of a page: its URL, and the values of its fields."""

    method: str
    url: str
    fields: dict[str, str]


class Page(HTMLParser):
    """Find the forms of a page and the parameters of its links."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.parameters: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            url = urljoin(self.url, given.get("action", ""))
            self.forms.append(Form(given.get("method", "get").lower(), url, {}))
        elif tag in ("input", "textarea", "select", "button") and self.forms and given.get("name"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.forms[-1].fields.setdefault(given["name"], given.get("value", ""))
            else:
                self.forms[-1].fields.setdefault(given["name"], "")
        elif tag == "a":
            self.parameters |= {name for name, _value in parse_qsl(urlsplit(given.get("href", "")).query)}


def routes(patterns: list, prefix: str = "") -> Iterator[str]:
    """Yield the pattern of every URL except those of the API."""
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield "/" + path
        elif entry.namespace != "api":
            yield from routes(entry.url_patterns, path)


def mixed(names: Sequence[str], values: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield data in which each name has each value once, next to other values of the other names."""
    for start in range(len(values) if names else 0):
        yield {name: values[(start + number) % len(values)] for number, name in enumerate(names)}


def fill(route: str, arguments: dict[str, str]) -> str | None:
    """Return a URL of a route, None if it is not a plain path."""
    found = re.match(r"/admin/(\w+)/(\w+)/", route)
    if found and "object_id" in route:
        # A row of the URL's model.
        row = apps.get_model(*found.groups())._base_manager.order_by("-pk").first()
        arguments = arguments | {"object_id": quote(str(row.pk), safe="") if row else "1"}
    url = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: arguments.get(found[1], "1"), route)
    return None if re.search(r"[\\^$?()]", url) else url


@pytest.fixture
def world(settings):
    """Create content so that pages show their forms; turn off rate limits."""
    settings.ACCOUNT_RATE_LIMITS = {}
    settings.API_RATE_LIMITS = dict.fromkeys(site.API_RATE_LIMITS, "1000000/s")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    root = UserFactory(username="root", is_staff=True, is_superuser=True, password="measures twice")
    ana = UserFactory(username="ana", password="measures twice")
    bob = UserFactory(username="bob")
    follow_user(bob, actor=ana)
    posts = [PostFactory(author=author) for author in (ana, bob, root)]
    send_message(ana, sender=bob, body="Hello")
    send_message(bob, sender=ana, body="Hello")
    report(posts[1], actor=ana, rule=a_rule(), comment="Look")
    hide_post(posts[0], actor=root, reason="Rule 4")
    request_export(ana)
    return {"root": root, "ana": ana, "bob": bob, "post": posts[1]}


class Attacker:
    """Send requests of one visitor, roll each back, and record those that fail or are too slow."""

    def __init__(self, user=None, password: str = "measures twice") -> None:
        self.client = Client(raise_request_exception=False)
        if user is not None:
            # With the password, so that pages that need re-authentication open.
            self.client.post("/auth/login", {"login": user.username, "password": password})
            assert "_auth_user_id" in self.client.session
        self.cookies = self.client.cookies.copy()
        self.count = 0
        self.faults: list[str] = []

    def send(self, what: str, method: str, url: str, *args, **kwargs):
        self.count += 1
        self.client.cookies = self.cookies.copy()
        undo = transaction.savepoint()
        try:
            with affordable(what):
                response = getattr(self.client, method)(url, *args, **kwargs)
            if response.status_code >= 500:
                error = getattr(response, "exc_info", None)
                self.faults.append(f"{what}: {response.status_code} {error[1]!r:.300}" if error else what)
            return response
        except AssertionError as error:
            self.faults.append(str(error))
        finally:
            transaction.savepoint_rollback(undo)
            transaction.set_rollback(False)

    def call(self, what: str, method: str, url: str, body: str, headers: dict[str, str]):
        """Call the API, with a body if the method has one."""
        content = {} if method in ("get", "delete") else {"data": body, "content_type": "application/json"}
        return self.send(what, method, url, headers=headers, **content)


def pages(attacker: Attacker, arguments: dict[str, str], *, of_admin: bool) -> Iterator[tuple[str, Page]]:
    """Yield every page of the admin or of the site that a visitor can open, with its URL."""
    for route in dict.fromkeys(routes(get_resolver().url_patterns)):
        url = fill(route, arguments)
        if (
            url is None
            or url.startswith("/admin/") != of_admin
            or url.startswith(("/admin/django-rq", "/admin/jsi18n", "/static/"))
        ):
            continue
        response = attacker.send(f"GET {url}", "get", url, headers={"Accept": "text/html"})
        if response is not None and response.status_code == 200 and "html" in response["Content-Type"]:
            page = Page(url)
            page.feed(response.content.decode())
            yield url, page


def attack_forms(attacker: Attacker, arguments: dict[str, str], *, of_admin: bool) -> tuple[set, dict[str, set[str]]]:
    """Post hostile values to every form; return the forms' fields, and the parameters of each page."""
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    parameters: dict[str, set[str]] = {}
    for url, page in pages(attacker, arguments, of_admin=of_admin):
        parameters[url] = set(page.parameters)
        for form in page.forms:
            names = tuple(sorted(form.fields.keys() - LEFT_OUT))
            shape = (form.method, re.sub(r"\d+", "1", urlsplit(form.url).path), names)
            if form.method == "get":
                parameters[url] |= set(names)
            elif shape not in seen:
                seen.add(shape)
                path = urlsplit(form.url).path
                for data in mixed(names, TOGETHER):
                    attacker.send(f"POST {path} {data!r:.80}", "post", path, data)
                for name in names:
                    for value in SINGLE:
                        data = {**form.fields, name: value}
                        attacker.send(f"POST {path} {name}={value[:20]!r}", "post", path, data)
    return seen, parameters


def attack_queries(attacker: Attacker, parameters: dict[str, set[str]]) -> None:
    """Request every page with hostile values of every known parameter."""
    known = sorted(set().union(*parameters.values()) | {"page", "before", "after", "since", "next"})
    for url, own in parameters.items():
        # Each admin list has its own parameters, and refuses others.
        names = sorted(own) if url.startswith("/admin/") else known
        for data in mixed(names, IN_QUERY):
            query = "&".join(f"{name}={value}" for name, value in data.items())
            attacker.send(f"GET {url}?{query:.60}", "get", f"{url}?{query}")


def attack_paths(attacker: Attacker) -> None:
    """Request URLs with hostile names and keys."""
    for route in dict.fromkeys(routes(get_resolver().url_patterns)):
        for value in IN_QUERY if "<" in route and not re.search(r"[\\^$?()]", route) else ():
            url = re.sub(r"<\w+:\w+>|<\w+>", value or "%20", route)
            if not ("<int:" in route and not value.isdigit()):
                attacker.send(f"GET {route} {value[:20]}", "get", url)


def arguments_of(world) -> dict[str, str]:
    return {"username": "bob", "pk": str(world["post"].pk), "object_id": str(world["post"].pk), "key": "nonsense"}


def done(attacker: Attacker, least: int) -> None:
    assert not attacker.faults, "\n".join(attacker.faults)
    assert attacker.count >= least


@pytest.mark.parametrize(("who", "fields"), [(None, 8), ("ana", 30), ("root", 60)])
def test_pages_withstand_hostile_forms_and_queries(world, who, fields):
    attacker = Attacker(world.get(who))
    seen, parameters = attack_forms(attacker, arguments_of(world), of_admin=who == "root")
    attack_queries(attacker, parameters)
    assert sum(len(names) for _method, _path, names in seen) >= fields
    done(attacker, 200)


def test_urls_withstand_hostile_names(world):
    attacker = Attacker(world["ana"])
    attack_paths(attacker)
    done(attacker, 100)


def test_api_withstands_hostile_values(world):
    _row, token = make_token(world["ana"], name="", lifetime=timedelta(hours=1))
    attacker = Attacker()
    headers = {"Authorization": f"Bearer {token}"}
    schemas = get_schema()["components"]["schemas"]
    for path, methods in get_schema()["paths"].items():
        url = re.sub(r"{\w+}", str(world["post"].pk), path)
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = content.get("schema", {})
            schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
            names = list(schema.get("properties", {}))
            example = next((each["value"] for each in content.get("examples", {}).values()), {})
            bodies = [dict.fromkeys(names, value) for value in IN_JSON if names]
            bodies += [
                {**example, name: value} for name in names for value in (*SINGLE, None, [], {}, 2**70, "\ud800")
            ]
            for body in bodies or [{}]:
                what = f"{method} {path} {json.dumps(body)[:100]}"
                attacker.call(what, method, url, json.dumps(body), headers)
            queries = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
            for value in IN_QUERY:
                query = "&".join(f"{name}={value}" for name in queries)
                attacker.call(f"{method} {path}?{query[:50]}", method, f"{url}?{query}", "{}", headers)
                if "{" in path:
                    hostile = re.sub(r"{\w+}", value or "%20", path)
                    attacker.call(f"{method} {hostile[:60]}", method, hostile, "{}", headers)
    done(attacker, 500)
