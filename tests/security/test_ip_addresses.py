"""Each limit counts an IPv4 client by itself, and an IPv6 client by its network."""

import pytest
from django.test import Client

from accounts.security.models import SecurityEvent
from tests.helpers.clients import basic

pytestmark = pytest.mark.django_db

MAPPED = ["::ffff:192.0.2.1", "::ffff:192.0.2.2", "::ffff:192.0.2.3"]
ONE_NETWORK = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:2"]
NETWORKS = ["2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1"]


@pytest.fixture(autouse=True)
def _two_requests(settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/5m/ip", "login_failed": "2/5m/ip", "signup": "2/5m/ip"}
    settings.MFA_RATE_LIMITS = {}
    settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, "address": "2/5m"}


def page(ip):
    return Client().post("/auth/register", {}, REMOTE_ADDR=ip).status_code


def sign_in(ip):
    return Client().post("/auth/login", {"login": "unknown", "password": "a guess"}, REMOTE_ADDR=ip).status_code


def api(ip):
    return Client().get("/api/instance", REMOTE_ADDR=ip).status_code


def token(ip):
    return Client().post("/api/tokens", headers=basic("unknown", "a guess"), REMOTE_ADDR=ip).status_code


DOORS = pytest.mark.parametrize("door", [page, sign_in, api, token])


@DOORS
@pytest.mark.parametrize("ips", [MAPPED, NETWORKS], ids=["IPv4 on a dual-stack listener", "IPv6 networks"])
def test_clients_do_not_use_up_each_others_limit(door, ips):
    assert 429 not in [door(ip) for ip in ips]


@DOORS
def test_an_ipv6_network_shares_a_limit(door):
    assert [door(ip) == 429 for ip in ONE_NETWORK] == [False, False, True]


@DOORS
def test_mapped_and_plain_ipv4_address_are_one_client(door):
    assert [door(ip) == 429 for ip in ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201")] == [False, False, True]


def test_security_log_shows_the_ipv4_address(victim):
    Client().post("/auth/login", {"login": "victim", "password": "a guess"}, REMOTE_ADDR="::ffff:192.0.2.7")
    assert SecurityEvent.objects.get(user=victim).ip == "192.0.2.7"
