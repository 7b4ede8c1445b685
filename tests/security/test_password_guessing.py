"""Guesses at one account are counted together, for every spelling of the account and every host name."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import change_username
from tests.helpers.clients import PASSWORD, basic

pytestmark = pytest.mark.django_db

TOO_MANY = "Too many failed login attempts. Wait up to 1\xa0hour, then try again."
SPELLINGS = ["victim", "VICTIM", "𝕧𝔦𝕔𝔱𝕚𝕞", "victim@example.com", "Victim@Example.com", "former"]


@pytest.fixture(autouse=True)
def _few_guesses(settings, victim):
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "3/h/key"}
    change_username(victim, "former")
    change_username(victim, "victim")


def sign_in(login, password="a guess", **environ):
    return Client().post("/auth/login", {"login": login, "password": password}, **environ)


def is_limited(response):
    return response.status_code == 200 and list(response.context["form"].non_field_errors()) == [TOO_MANY]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_counts_against_the_account(spelling):
    for _ in range(3):
        assert not is_limited(sign_in(spelling))
    assert is_limited(sign_in("victim", PASSWORD))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_evades_a_reached_limit(spelling):
    for _ in range(3):
        sign_in("victim")
    assert is_limited(sign_in(spelling, PASSWORD))


def test_port_in_host_does_not_evade_a_limit():
    for port in range(3):
        sign_in("victim", HTTP_HOST=f"testserver:{8000 + port}")
    assert is_limited(sign_in("victim", PASSWORD, HTTP_HOST="testserver:9000"))


def test_pages_and_api_count_together():
    for spelling in ("victim", "victim@example.com", "former"):
        assert Client().post("/api/tokens", headers=basic(spelling, "a guess")).status_code == 401
    assert is_limited(sign_in("victim", PASSWORD))
    assert Client().post("/api/tokens", headers=basic("VICTIM")).status_code == 429


@pytest.mark.parametrize("spelling", ["unknown", "Unknown", "unknown@example.com"])
def test_unknown_accounts_have_the_same_limit(spelling):
    for _ in range(3):
        assert not is_limited(sign_in(spelling))
    assert is_limited(sign_in(spelling.lower()))


def test_unconfirmed_email_address_is_limited_like_an_unknown_one(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    mallory = User.objects.create_user("mallory", "mallory@example.com", PASSWORD)
    mallory.emailaddress_set.create(email=mallory.email, primary=True, verified=False)
    for _ in range(3):
        sign_in("mallory@example.com")
    # Otherwise the newcomer would learn here that the email address was free.
    assert not is_limited(sign_in("mallory", PASSWORD))
