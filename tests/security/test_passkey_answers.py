"""Any response of a browser to a passkey challenge gets a 4xx at worst, never a 5xx."""

import json

import pytest
from django.test import Client

from accounts.tests.factories import UserFactory
from tests.helpers.passkeys import ADD, LOGIN, Passkey, add_passkey, as_sent, login_options

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "measures twice"
SECOND, AGAIN = "/auth/second_factor", "/auth/passkeys/reauthenticate"
WHOLE = [
    "", "x", "null", "1", "[]", "{}", '{"id":1}', "[" * 100_000, "[" * 500, "{}" * 1000, "9" * 10_000, '"\\ud800"',
    '{"a":' * 40 + "1" + "}" * 40, "\0", "NaN", "1e999",
]  # fmt: skip
VALUES = [
    None,
    0,
    -1,
    2.5,
    True,
    "",
    "x",
    "AAAA",
    "\0",
    "\ud800",
    "é" * 50,
    "A" * 4000,
    [],
    [[]],
    {},
    {"id": 1},
    ["AAAA"],
]


def places(value, path=()):
    """Yield the path of each value of a JSON object."""
    for name, inner in value.items():
        yield (*path, name)
        if isinstance(inner, dict):
            yield from places(inner, (*path, name))


def twisted(answer):
    """Yield a response with each of its values replaced, and removed."""
    for place in places(json.loads(answer)):
        for value in (*VALUES, ...):
            other = json.loads(answer)
            parent = other
            for name in place[:-1]:
                parent = parent[name]
            parent[place[-1]] = value
            if value is ...:
                del parent[place[-1]]
            yield json.dumps(other)


@pytest.fixture
def key():
    return Passkey()


@pytest.fixture
def owner(key, client, settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    settings.MFA_RATE_LIMITS = {}
    user = UserFactory(username="ana", password=PASSWORD)
    client.post("/auth/login", {"login": "ana", "password": PASSWORD})
    add_passkey(client, key)
    return user


def post_all(client, path, answer):
    session = dict(client.session)
    for credential in (*WHOLE, *twisted(answer)):
        # A challenge is valid once: restore it for each response.
        current = client.session
        current.update(session)
        current.save()
        response = client.post(path, {"credential": credential})
        assert response.status_code < 500, credential[:200]


def test_sign_in(owner, key):
    client = Client()
    post_all(client, LOGIN, key.get(login_options(client)))


def test_second_factor(owner, key):
    client = Client()
    client.post("/auth/login", {"login": "ana", "password": PASSWORD})
    post_all(client, SECOND, key.get(as_sent(client.get(SECOND).context["js_data"]["request_options"])))


def test_reauthentication(owner, key, client):
    post_all(client, AGAIN, key.get(as_sent(client.get(AGAIN).context["js_data"]["request_options"])))


def test_registration(owner, client):
    post_all(client, ADD, Passkey().create(as_sent(client.get(ADD).context["js_data"]["creation_options"])))
