"""A challenge is bound to its page, account and time; a second factor does not replace the password."""

import pytest
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from django.test import Client

from accounts.security.challenges import CHALLENGE_SECONDS
from accounts.tests.factories import UserFactory
from tests.helpers.passkeys import ADD, LOGIN, Passkey, add_passkey, as_sent, login_options, sign_in_with

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "measures twice"
SECOND, AGAIN = "/auth/second_factor", "/auth/passkeys/reauthenticate"


def sign_in(client, username="ana"):
    return client.post("/auth/login", {"login": username, "password": PASSWORD})


def user_with(passkey, username="ana", **registration):
    """Return a new user who registered a key."""
    user = UserFactory(username=username, password=PASSWORD)
    client = Client()
    sign_in(client, username)
    add_passkey(client, passkey, **registration)
    return user


def options_of(client, path):
    """Return the challenge of a page."""
    return as_sent(client.get(path).context["js_data"]["request_options"])


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture
def key():
    """Return a security key without PIN or fingerprint."""
    return Passkey(verifies=False)


@pytest.fixture
def owner(key):
    return user_with(key, passwordless=False)


class TestSecondFactorAlone:
    def test_challenge_without_user_verification_is_refused_at_sign_in(self, client, owner, key):
        """The challenge after a password, of the attacker's own account, is satisfied without a PIN."""
        user_with(Passkey(), "mallory")
        sign_in(client, "mallory")
        answer = key.get(options_of(client, SECOND))
        client.post("/auth/logout")  # cancels the sign-in that waits for its second factor
        assert client.post(LOGIN, {"credential": answer})["Location"] == "/auth/login"
        assert not is_signed_in(client)

    def test_key_registered_as_second_factor_does_not_sign_in_with_a_pin(self, client, owner, key):
        key.verifies = True
        assert sign_in_with(client, key)["Location"] == "/auth/login"
        assert not is_signed_in(client)

    @pytest.mark.parametrize("reports", [True, False, None])
    def test_browser_report_does_not_make_a_key_a_passkey(self, client, reports):
        key = Passkey(reports=reports)
        user_with(key, passwordless=False)
        assert sign_in_with(client, key)["Location"] == "/auth/login"
        assert not is_signed_in(client)

    def test_key_registered_earlier_without_a_pin_does_not_sign_in(self, client, owner, key):
        authenticator = owner.authenticator_set.get(type="webauthn")
        authenticator.data["credential"]["clientExtensionResults"] = {"credProps": {"rk": True}}
        authenticator.save()
        key.verifies = True
        sign_in_with(client, key)
        assert not is_signed_in(client)
        sign_in(client)
        client.post(SECOND, {"credential": key.get(options_of(client, SECOND))})
        page = client.get("/settings/security").content.decode()
        assert "Signs you in without the password." not in page

    def test_key_without_a_pin_is_not_registered_for_sign_in(self, client, key):
        UserFactory(username="ana", password=PASSWORD)
        sign_in(client)
        options = as_sent(client.get(ADD).context["js_data"]["creation_options"])
        form = {"name": "Key", "credential": key.create(options), "passwordless": "on"}
        assert client.post(ADD, form).status_code == 200


class TestChallenge:
    """Each of these works with its own challenge."""

    def answer(self, client, path, credential):
        """Return whether a response is accepted."""
        response = client.post(path, {"credential": credential})
        return response.status_code == 302 and response["Location"] not in ("/auth/login", AGAIN)

    def test_own_challenges_are_accepted(self, client):
        key = Passkey()
        user_with(key)
        assert self.answer(client, LOGIN, key.get(login_options(client)))
        assert self.answer(client, AGAIN, key.get(options_of(client, AGAIN)))
        client.post("/auth/logout")
        sign_in(client)
        assert self.answer(client, SECOND, key.get(options_of(client, SECOND)))
        assert is_signed_in(client)

    def test_sign_in_challenge_is_refused_as_second_factor(self, client):
        key = Passkey()
        user_with(key)
        options = login_options(client)
        sign_in(client)
        assert not self.answer(client, SECOND, key.get(options))
        assert not is_signed_in(client)

    def test_challenge_of_another_account_is_refused(self, client, owner, key):
        user_with(Passkey(), "bob")
        sign_in(client, "bob")
        options = options_of(client, SECOND)
        sign_in(client)
        assert not self.answer(client, SECOND, key.get(options))
        assert not is_signed_in(client)

    def test_challenge_expires_after_minutes(self, client, owner, key):
        sign_in(client)
        options = options_of(client, SECOND)
        session = client.session
        session[STATE_SESSION_KEY] |= {"at": session[STATE_SESSION_KEY]["at"] - CHALLENGE_SECONDS}
        session.save()
        assert not self.answer(client, SECOND, key.get(options))

    def test_challenge_is_valid_once(self, client, owner, key):
        sign_in(client)
        options = options_of(client, SECOND)
        assert not self.answer(client, SECOND, Passkey().get(options, user_handle=key.user_handle))
        assert not self.answer(client, SECOND, key.get(options))
        assert self.answer(client, SECOND, key.get(options_of(client, SECOND)))
