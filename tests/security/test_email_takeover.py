"""Neither a stolen API token nor a confirmation link is enough to take over an account."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client

from accounts.security.models import SecurityEvent
from accounts.services import request_email_change
from tests.helpers.clients import PASSWORD, write
from tests.helpers.mail import deliver, link_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mandatory")]

NEW = "mallory@example.com"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(params=["account", "user"])
def url(request, victim):
    return "/api/account" if request.param == "account" else f"/api/users/{victim.pk}"


def set_up_second_factor(user):
    """Set up an authenticator app, and return a recovery code: unlike the app's, it does not depend on the time."""
    TOTP.activate(user, SECRET)
    return RecoveryCodes.activate(user).get_unused_codes()[0]


def is_pending(email=NEW):
    return EmailAddress.objects.filter(email=email).exists()


class TestApi:
    def test_token_alone_cannot_change_the_email_address(self, stolen_token, victim, url):
        response = write(stolen_token, "put", url, {"email": NEW, "about_me": "Hello"})
        assert response.status_code == 403
        assert "current_password" in response.json()["message"]
        victim.refresh_from_db()
        assert victim.about_me == ""
        assert not is_pending()
        assert deliver() == []

    def test_wrong_password_changes_nothing_and_is_logged(self, stolen_token, victim, url):
        response = write(stolen_token, "put", url, {"email": NEW, "current_password": "a guess"})
        assert (response.status_code, is_pending()) == (403, False)
        event = SecurityEvent.objects.latest("pk")
        assert (event.user, event.kind) == (victim, SecurityEvent.Kind.SIGN_IN_FAILED)

    def test_guesses_are_limited(self, stolen_token, victim, url, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "2/h/key"}
        guess = {"email": NEW, "current_password": "a guess"}
        statuses = [write(stolen_token, "put", url, guess).status_code for _ in range(3)]
        assert statuses == [403, 403, 429]
        right = {"email": NEW, "current_password": PASSWORD}
        assert write(stolen_token, "put", url, right).status_code == 429
        assert not is_pending()

    def test_password_changes_the_email_address(self, stolen_token, victim, url):
        response = write(stolen_token, "put", url, {"email": NEW, "current_password": PASSWORD})
        assert (response.status_code, response.json()["email"]) == (200, victim.email)
        assert is_pending()

    @pytest.mark.parametrize("email", ["victim@example.com", "Victim@Example.com"])
    def test_writing_back_the_same_email_address_needs_no_password(self, stolen_token, victim, url, email):
        response = write(stolen_token, "put", url, {"email": email, "username": "victim", "about_me": "Hello"})
        assert (response.status_code, response.json()["about_me"]) == (200, "Hello")

    def test_second_factor_is_required_too(self, stolen_token, victim, url):
        code = set_up_second_factor(victim)
        data = {"email": NEW, "current_password": PASSWORD}
        response = write(stolen_token, "put", url, data)
        assert (response.status_code, is_pending()) == (403, False)
        assert "X-OTP" in response.json()["message"]
        response = write(stolen_token, "put", url, data, headers={"X-OTP": "000000"})
        assert (response.status_code, is_pending()) == (403, False)
        assert write(stolen_token, "put", url, data, headers={"X-OTP": code}).status_code == 200
        assert is_pending()

    def test_code_is_used_up_even_if_the_request_is_refused(self, stolen_token, victim, url):
        code = {"X-OTP": set_up_second_factor(victim)}
        data = {"email": NEW, "current_password": PASSWORD}
        headers = {**code, "If-Match": '"another"'}
        assert write(stolen_token, "put", url, data, headers=headers).status_code == 412
        assert write(stolen_token, "put", url, data, headers=code).status_code == 403
        assert not is_pending()


class TestLink:
    @pytest.fixture
    def link(self, victim):
        request_email_change(victim, NEW)
        deliver()
        return link_in(mail.outbox[-1])

    @pytest.mark.parametrize("data", [{}, {"password": ""}, {"password": "a guess"}])
    def test_link_alone_confirms_nothing(self, client, victim, link, data):
        page = client.post(link, data)
        assert page.status_code == 200
        assert "password" in page.context["form"].errors
        victim.refresh_from_db()
        assert victim.email == "victim@example.com"

    def test_link_in_a_session_of_another_account_confirms_nothing(self, client, victim, link, django_user_model):
        mallory = django_user_model.objects.create_user("mallory", "other@example.com", None)
        client.force_login(mallory)
        client.post(link)
        victim.refresh_from_db()
        assert victim.email == "victim@example.com"
        client.post(link, {"password": PASSWORD})
        victim.refresh_from_db()
        assert victim.email == NEW
        assert client.get("/").wsgi_request.user == mallory

    def test_link_in_a_session_of_the_account_confirms(self, client, victim, link):
        client.force_login(victim)
        assert client.post(link).status_code == 302
        victim.refresh_from_db()
        assert victim.email == NEW

    def test_password_confirms_and_signs_in(self, client, victim, link):
        response = client.post(link, {"password": PASSWORD})
        victim.refresh_from_db()
        assert (victim.email, response.status_code) == (NEW, 302)
        assert client.get("/").wsgi_request.user == victim

    def test_password_does_not_get_around_the_second_factor(self, client, victim, link):
        set_up_second_factor(victim)
        assert client.post(link, {"password": PASSWORD})["Location"] == "/auth/second_factor"
        assert client.get("/").status_code == 302

    def test_guesses_are_limited(self, victim, link, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "2/h/key"}
        for number in range(3):
            Client().post(link, {"password": "a guess"}, REMOTE_ADDR=f"10.0.0.{number}")
        form = Client().post(link, {"password": PASSWORD}).context["form"]
        assert form.errors["password"] == ["Too many failed login attempts. Wait up to 1\xa0hour, then try again."]
