"""Expiry of sessions, and how long a sign-in counts as authentication."""

import re

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings as site

from accounts.models import User
from accounts.tests.factories import UserFactory
from tests.helpers.passkeys import Passkey, add_passkey, sign_in_with
from tests.helpers.sessions import age_sessions

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "measures twice"
DAY = 24 * 3600


def sign_up(client):
    form = {"username": "ana", "email": "ana@example.com", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/auth/register", form)["Location"] == "/"


def sign_in(client):
    UserFactory(username="ana", password=PASSWORD)
    assert client.post("/auth/login", {"login": "ana", "password": PASSWORD})["Location"] == "/"


def sign_in_with_passkey(client, **data):
    UserFactory(username="ana", password=PASSWORD)
    passkey = Passkey()
    client.post("/auth/login", {"login": "ana", "password": PASSWORD})
    client.post("/auth/reauthenticate", {"password": PASSWORD})
    add_passkey(client, passkey)
    client.post("/auth/logout")
    assert sign_in_with(client, passkey, **data)["Location"] == "/"


WAYS_IN = pytest.mark.parametrize("enter", [sign_up, sign_in, sign_in_with_passkey])


@WAYS_IN
def test_session_ends_after_the_maximum_days_however_it_began(client, enter):
    enter(client)
    age_sessions(site.SESSION_MAX_DAYS * DAY - 60)
    assert client.get("/explore").status_code == 200
    age_sessions(120)
    assert client.get("/explore")["Location"] == "/auth/login?next=/explore"


@WAYS_IN
def test_session_ends_with_the_browser_unless_remember_me_is_set(client, enter):
    enter(client)
    assert client.session.get_expire_at_browser_close()
    assert client.cookies["sessionid"]["max-age"] == ""


def test_passkey_heeds_remember_me(client):
    sign_in_with_passkey(client, remember="on")
    assert client.cookies["sessionid"]["max-age"] == site.SESSION_COOKIE_AGE


def test_session_without_a_start_time_ends_too(client):
    client.force_login(UserFactory(password=PASSWORD))
    session = client.session
    del session[AUTHENTICATION_METHODS_SESSION_KEY]
    session.save()
    assert client.get("/explore").status_code == 200
    assert client.get("/auth/totp/activate")["Location"].startswith("/auth/reauthenticate")
    age_sessions(site.SESSION_MAX_DAYS * DAY + 60)
    assert client.get("/explore").status_code == 302


@WAYS_IN
def test_sign_in_counts_as_authentication_for_minutes(client, enter):
    enter(client)
    assert client.get("/auth/passkeys/add").status_code == 200
    age_sessions(600)
    assert client.get("/auth/passkeys/add")["Location"].startswith("/auth/reauthenticate")


def test_security_page_shows_the_date_of_set_up(client):
    """A relative time would read as a request: Set up now."""
    UserFactory(username="ana", password=PASSWORD)
    client.post("/auth/login", {"login": "ana", "password": PASSWORD})
    TOTP.activate(User.objects.get(), "A" * 32)
    add_passkey(client, Passkey())
    page = client.get("/settings/security").content.decode()
    assert re.search(r'Set up on <time [^>]*data-time="full"', page)
    assert re.search(r'Added <time [^>]*data-time="full"', page)
