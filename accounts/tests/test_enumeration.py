"""Responses do not reveal whether an account exists, where email addresses must be confirmed."""

import json
import re
from collections import Counter

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher, PBKDF2SHA1PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from werkzeug.security import generate_password_hash

from accounts.avatars import gravatar_url
from accounts.models import User
from accounts.security.hashers import LargeScryptPasswordHasher, from_werkzeug, kinds_in_use
from accounts.tests.factories import UserFactory
from tests.helpers.clients import basic, bearer

pytestmark = pytest.mark.django_db

PASSWORD = "measures twice"
# Of a user that registers with a known or unknown email address.
GUESS = "a guess or two"
SIGN_UP = {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD}
KNOWN, UNKNOWN = "susan@example.com", "unknown@example.com"
FORMS = [
    ("/auth/login", {"login": "susan", "password": "wrong"}, {"login": "unknown", "password": "wrong"}),
    ("/auth/login", {"login": KNOWN, "password": "wrong"}, {"login": UNKNOWN, "password": "wrong"}),
    ("/auth/login", {"login": "closed", "password": "wrong"}, {"login": "unknown", "password": "wrong"}),
    ("/auth/login", {"login": "waiting", "password": "wrong"}, {"login": "unknown", "password": "wrong"}),
    ("/auth/register", SIGN_UP | {"email": KNOWN}, SIGN_UP | {"email": UNKNOWN}),
    ("/auth/register", SIGN_UP | {"email": "waiting@example.com"}, SIGN_UP | {"email": UNKNOWN}),
    ("/auth/reset_password_request", {"email": KNOWN}, {"email": UNKNOWN}),
    ("/auth/confirm_email", {"email": "waiting@example.com"}, {"email": UNKNOWN}),
    ("/auth/confirm_email", {"email": KNOWN}, {"email": UNKNOWN}),
]


class CountingHasher(MD5PasswordHasher):
    """Counts how often it is made to work, which with the real one is nearly all the time of an answer."""

    hashed = 0

    def encode(self, password, salt):
        CountingHasher.hashed += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def _world(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.MAIL_GOES_TO = "mailbox"
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    for name in ("susan", "closed", "waiting"):
        person = UserFactory(username=name, password=PASSWORD)
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=name != "waiting")
    # Cached for some minutes: the first sign-in reads it.
    kinds_in_use()


def everything_of(path, data):
    """Send a form from a browser that was never here; return what it is answered, and what that cost."""
    client = Client()
    CountingHasher.hashed = 0
    with CaptureQueriesContext(connection) as queries:
        response = client.post(path, data)
    hashed = CountingHasher.hashed
    # The length is that of the text, which is compared, but for what was typed.
    changing = ("X-Request-ID", "Expires", "Content-Length")
    headers = {name: value for name, value in response.headers.items() if name not in changing}
    text = response.content.decode()
    if response.status_code == 302:
        text += client.get(response["Location"]).content.decode()
    for value in data.values():
        text = text.replace(value, "…")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    cookies = [re.sub(r"=[^;]+", "", cookie.OutputString()) for cookie in response.cookies.values()]
    return (response.status_code, headers, cookies, text), (hashed, statements_of(queries))


def statements_of(queries):
    """Return the beginnings of the statements of a request, without values."""
    return [re.sub(r"'[^']*'|\d+|NULL|\"s\w*\"", "?", query["sql"])[:60] for query in queries]


@pytest.mark.parametrize(
    ("path", "known", "unknown"), FORMS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_responses_are_the_same(path, known, unknown):
    savepoint = connection.savepoint()
    answer, _cost = everything_of(path, known)
    connection.savepoint_rollback(savepoint)
    assert answer == everything_of(path, unknown)[0]


@pytest.mark.parametrize(
    ("path", "known", "unknown"), FORMS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_responses_cost_the_same_hashes_and_statements(path, known, unknown):
    savepoint = connection.savepoint()
    _answer, (hashed, statements) = everything_of(path, known)
    connection.savepoint_rollback(savepoint)
    assert (hashed, statements) == everything_of(path, unknown)[1]
    assert hashed == (1 if "login" in path or "register" in path else 0)


def test_password_of_several_forms_costs_the_same_hashes_and_statements():
    savepoint = connection.savepoint()
    _answer, (hashed, statements) = everything_of("/auth/login", {"login": "susan", "password": "wröng ﬁ"})
    connection.savepoint_rollback(savepoint)
    assert (hashed, statements) == everything_of("/auth/login", {"login": "unknown", "password": "wröng ﬁ"})[1]
    assert hashed == 3


# What hashers did, with the parameters that determine how long it takes.
WORK = []


class RecordedDefault(MD5PasswordHasher):
    def encode(self, password, salt):
        WORK.append(self.algorithm)
        return super().encode(password, salt)


class RecordedPBKDF2(PBKDF2PasswordHasher):
    def encode(self, password, salt, iterations=None):
        WORK.append((self.algorithm, iterations))
        return super().encode(password, salt, iterations)


class RecordedSHA1(RecordedPBKDF2, PBKDF2SHA1PasswordHasher):
    pass


class RecordedScrypt(LargeScryptPasswordHasher):
    def encode(self, password, salt, *parameters):
        WORK.append((self.algorithm, *parameters))
        return super().encode(password, salt, *parameters)


@pytest.mark.parametrize("password", ["wrong", "wröng ﬁ"])
def test_imported_hash_takes_as_long_as_no_account(settings, password):
    settings.PASSWORD_HASHERS = [
        f"{__name__}.{hasher}" for hasher in ("RecordedDefault", "RecordedPBKDF2", "RecordedSHA1", "RecordedScrypt")
    ]
    methods = ["scrypt:1024:8:1", "scrypt:2048:8:1", "pbkdf2:sha256:3000", "pbkdf2:sha256:200", "pbkdf2:sha1:1000"]
    for number, method in enumerate([*methods, *methods]):
        person = UserFactory(username=f"imported{number}")
        person.password = from_werkzeug(generate_password_hash(PASSWORD, method))
        person.save(update_fields=["password"])
    UserFactory(username="nohash")
    cache.clear()
    kinds_in_use()
    work = {}
    for login in ("unknown", "nohash", "susan", *(f"imported{number}" for number in range(len(methods)))):
        WORK.clear()
        assert Client().post("/auth/login", {"login": login, "password": password}).status_code == 200
        work[login] = Counter(WORK)
    assert len(work["unknown"]) == len(methods) + 1
    assert [login for login in work if work[login] != work["unknown"]] == []


class Program:
    """A client of the API that knows an email address, and what it learns about it."""

    def __init__(self, email):
        self.email, self.learned, self.costs = email, [], []

    def ask(self, method, path, data=None, headers=None):
        CountingHasher.hashed = 0
        with CaptureQueriesContext(connection) as queries:
            response = getattr(Client(), method)(path, data, content_type="application/json", headers=headers)
        text = response.content.decode()
        # What it says itself, and what differs each time.
        for own in (self.email.lower(), gravatar_url(self.email.lower(), 128)):
            text = text.replace(own, "…")
        blotted = re.sub(r'"(token|request_id)":"[^"]*"|\d+', "?", text)
        self.learned.append((method, response.status_code, sorted(response.headers), blotted))
        self.costs.append((CountingHasher.hashed, statements_of(queries)))
        return response

    def register(self):
        """Register with the email address, and do with the account all that could reveal its user."""
        new = {"username": "newcomer", "email": self.email, "password": GUESS}
        own = self.ask("post", "/api/users", new)["Location"]
        self.ask("post", "/api/tokens", headers=basic(self.email, GUESS))
        token = json.loads(self.ask("post", "/api/tokens", headers=basic("newcomer", GUESS)).content)["token"]
        headers = {"Authorization": f"Bearer {token}"}
        for path in (own, "/api/account", "/api/users"):
            self.ask("get", path, headers=headers)
        self.ask("put", own, {"email": self.email}, headers)
        self.ask("put", "/api/account", {"avatar_source": "gravatar"}, headers)
        other = {"email": "other@example.com", "current_password": GUESS}
        self.ask("put", "/api/account", other, headers)
        for path in (own, "/api/account", "/api/users"):
            self.ask("get", path, headers=headers)

    def change_to_it(self):
        """Change the email address of a confirmed account to it."""
        headers = bearer(User.objects.get(username="susan"))
        self.ask("put", "/api/account", {"email": self.email, "current_password": PASSWORD}, headers)
        self.ask("get", "/api/account", headers=headers)


@pytest.mark.parametrize("known", ["closed@example.com", "waiting@example.com", "Closed@Example.com"])
@pytest.mark.parametrize("walk", [Program.register, Program.change_to_it])
def test_api_reveals_nothing(walk, known):
    programs = Program(known), Program(UNKNOWN)
    for program in programs:
        savepoint = connection.savepoint()
        walk(program)
        connection.savepoint_rollback(savepoint)
        cache.clear()
        kinds_in_use()
    of_known, of_unknown = programs
    assert of_known.learned == of_unknown.learned
    assert of_known.costs == of_unknown.costs
