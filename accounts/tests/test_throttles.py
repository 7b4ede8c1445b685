"""Limits slow attackers down and never lock an owner out."""

import pytest
from django.test import Client, override_settings

from accounts.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TOO_MANY = "Too many failed login attempts. Wait up to 1\xa0hour, then try again."
TOO_MANY_OF_AN_IP_ADDRESS = "Too many failed login attempts. Wait up to 5\xa0minutes, then try again."


@pytest.fixture(autouse=True)
def _strict(settings):
    settings.ACCOUNT_RATE_LIMITS = {
        **settings.ACCOUNT_RATE_LIMITS,
        "login": "100/5m/ip",
        "login_failed": "50/5m/ip,3/h/key",
        "login_failed_known_device": "50/5m/ip",
    }


def sign_in(client, login="susan", password="measures twice", **extra):
    return client.post("/auth/login", {"login": login, "password": password}, **extra)


def errors(response):
    return list(response.context["form"].non_field_errors())


def test_guessing_at_one_account_ends_soon_from_any_address(susan):
    for number in range(3):
        sign_in(Client(), password="guess", REMOTE_ADDR=f"10.0.0.{number}")
    assert errors(sign_in(Client(), REMOTE_ADDR="10.0.0.9")) == [TOO_MANY]


def test_owner_gets_in_while_others_guess(susan):
    browser = Client()
    sign_in(browser)
    browser.post("/auth/logout")
    for number in range(5):
        sign_in(Client(), password="guess", REMOTE_ADDR=f"10.0.0.{number}")
    assert errors(sign_in(Client())) == [TOO_MANY]
    assert sign_in(browser)["Location"] == "/"


def test_cookie_of_one_account_opens_no_way_around_the_limit_of_another(susan):
    UserFactory(username="mallory", password="measures twice")
    browser = Client()
    sign_in(browser, login="mallory")
    browser.post("/auth/logout")
    for _ in range(3):
        sign_in(browser, password="guess")
    assert errors(sign_in(browser)) == [TOO_MANY]


def test_forged_cookie_is_none(susan):
    browser = Client()
    browser.cookies["devices"] = f"[{susan.pk}]"
    for _ in range(3):
        sign_in(browser, password="guess")
    assert errors(sign_in(browser)) == [TOO_MANY]


def test_failures_from_one_address_are_counted_over_all_accounts(settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "3/5m/ip"}
    for number in range(3):
        sign_in(Client(), login=f"unknown{number}", password="guess")
    assert errors(sign_in(Client(), login="nobody9", password="guess")) == [TOO_MANY_OF_AN_IP_ADDRESS]


@pytest.mark.parametrize("proxies", [0, 1])
def test_only_the_configured_number_of_proxies_is_believed(susan, settings, proxies):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "3/5m/ip"}
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=proxies):
        for number in range(3):
            # Without a trusted proxy the client may claim what it likes; behind one the last address counts.
            claimed = f"1.2.3.{number}, 10.0.0.1" if proxies else f"1.2.3.{number}"
            sign_in(Client(), password="guess", HTTP_X_FORWARDED_FOR=claimed)
        claimed = "9.9.9.9, 10.0.0.1" if proxies else "9.9.9.9"
        assert errors(sign_in(Client(), HTTP_X_FORWARDED_FOR=claimed)) == [TOO_MANY_OF_AN_IP_ADDRESS]


def test_sign_ups_are_limited(settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "signup": "2/30m/ip"}
    statuses = [Client().post("/auth/register", {}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
