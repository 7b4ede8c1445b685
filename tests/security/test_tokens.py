"""The owner is notified of each new API token, and tokens end when all access ends."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.security.models import ApiToken, SecurityEvent
from accounts.services import deactivate_user, request_deletion, restore_user
from tests.helpers.clients import PASSWORD, basic, bearer, write
from tests.helpers.mail import deliver

pytestmark = pytest.mark.django_db

MADE = ("API token created", ["victim@example.com"])
Kind = SecurityEvent.Kind


@pytest.fixture
def victim_client(victim):
    client = Client()
    client.post("/auth/login", {"login": "victim", "password": PASSWORD})
    client.post("/auth/reauthenticate", {"password": PASSWORD})
    deliver()
    return client


def events(user, kind):
    return list(user.security_events.filter(kind=kind).values_list("detail", flat=True))


class TestMaking:
    def test_token_made_with_a_password_is_logged_and_mailed(self, client, victim):
        year = {"name": "Backup", "lifetime": 365 * 24 * 3600}
        write(client, "post", "/api/tokens", year, headers=basic("victim"))
        assert events(victim, Kind.TOKEN_MADE) == ["Backup"]
        assert deliver() == [MADE]

    def test_token_made_in_settings_is_logged_and_mailed(self, victim_client, victim):
        victim_client.post("/settings/tokens", {"name": "Backup", "access": "write", "days": 365})
        assert events(victim, Kind.TOKEN_MADE) == ["Backup"]
        assert deliver() == [MADE]

    @pytest.mark.usefixtures("mandatory")
    def test_an_unconfirmed_email_address_gets_no_mail_about_it(self, client, victim):
        EmailAddress.objects.update(verified=False)
        assert client.post("/api/tokens", headers=basic("victim")).status_code == 200
        assert deliver() == []


class TestEnd:
    def test_signing_out_everywhere_offers_to_revoke_tokens(self, victim_client, victim):
        bearer(victim)
        bearer(victim)
        Client().post("/auth/login", {"login": "victim", "password": PASSWORD})
        assert 'name="tokens"' in victim_client.get("/settings/security").content.decode()
        victim_client.post("/settings/security/sessions/end", {"tokens": "on"})
        assert not ApiToken.objects.exists()
        assert events(victim, Kind.TOKEN_REVOKED) == ["test", "test"]

    def test_tokens_stay_if_not_chosen(self, victim_client, victim, stolen_token):
        victim_client.post("/settings/security/sessions/end")
        assert stolen_token.get("/api/account").status_code == 200

    @pytest.mark.parametrize("close", [deactivate_user, request_deletion])
    def test_restoring_a_closed_account_restores_no_token(self, victim, stolen_token, close):
        close(victim, actor=victim)
        restore_user(victim, actor=victim)
        assert stolen_token.get("/api/account").status_code == 401
