"""Tokens of the API: who gets one, what it may do, and how it ends."""

from datetime import timedelta

import pyotp
import pytest
from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.security.models import ApiToken, SecurityEvent
from accounts.security.services import TOKENS_PER_USER, delete_expired_tokens, make_token, sign_out_everywhere
from accounts.services import deactivate_user, restore_user
from accounts.tests.factories import UserFactory
from tests.helpers.authenticators import AuthenticatorApp
from tests.helpers.clients import PASSWORD, basic, bearer
from tests.helpers.sessions import age_sessions

pytestmark = pytest.mark.django_db

SECRET = pyotp.random_base32()
HOUR = timedelta(hours=1)


@pytest.fixture
def with_password(ana):
    ana.set_password(PASSWORD)
    ana.save()
    return ana


def works(headers):
    return Client().get("/api/users", headers=headers).status_code == 200


class TestSettingsPage:
    def sign_in(self, client, user):
        """Sign in and confirm it by password, so that nothing asks for it again."""
        client.force_login(user)
        assert client.post("/auth/reauthenticate", {"password": PASSWORD}).status_code == 302

    def test_token_is_shown_once_and_works(self, client, with_password):
        self.sign_in(client, with_password)
        page = client.post("/settings/tokens", {"name": "Backup", "access": "read", "days": "30"})
        secret = page.context["secret"]
        assert secret in page.content.decode()
        assert "no-store" in page["Cache-Control"]
        assert works({"Authorization": f"Bearer {secret}"})
        again = client.get("/settings/tokens").content.decode()
        assert "Backup" in again
        assert secret not in again
        token = ApiToken.objects.get()
        assert token.is_read_only
        assert timedelta(days=29) < token.expires_at - timezone.now() <= timedelta(days=30)

    def test_revoking_ends_one_of_the_users_tokens(self, client, with_password):
        self.sign_in(client, with_password)
        mine, others = bearer(with_password), bearer(UserFactory())
        for token in ApiToken.objects.all():
            client.post(f"/settings/tokens/{token.pk}/revoke")
        assert not works(mine)
        assert works(others)
        assert with_password.security_events.filter(kind=SecurityEvent.Kind.TOKEN_REVOKED).count() == 1

    @pytest.mark.parametrize("data", [{"name": ""}, {"name": " ", "access": "read", "days": "7"},
                                      {"name": "x", "access": "all", "days": "7"},
                                      {"name": "x", "access": "read", "days": "9999"}])  # fmt: skip
    def test_invalid_options_are_refused(self, client, with_password, data):
        self.sign_in(client, with_password)
        page = client.post("/settings/tokens", data)
        assert page.context["form"].errors
        assert not ApiToken.objects.exists()

    def test_reauthentication_is_required_after_a_while(self, client, with_password):
        client.force_login(with_password)
        age_sessions()
        assert client.get("/settings/tokens")["Location"].startswith("/auth/reauthenticate")


class TestSecondFactor:
    @pytest.fixture
    def app(self, with_password):
        TOTP.activate(with_password, SECRET)
        RecoveryCodes.activate(with_password)
        return AuthenticatorApp(SECRET)

    def ask(self, **headers):
        return Client().post("/api/tokens", headers={**basic("ana"), **headers})

    def test_password_alone_is_refused_with_a_hint(self, app):
        response = self.ask()
        assert response.status_code == 401
        assert response.json()["message"].startswith("give a code of your second factor in the header X-OTP")
        assert response["WWW-Authenticate"].startswith("Basic")

    def test_wrong_password_learns_nothing_of_it(self, app):
        response = Client().post("/api/tokens", headers=basic("ana", "wrong"))
        assert "message" not in response.json()

    def test_code_works_once(self, app):
        code = app.now()
        assert self.ask(**{"X-OTP": code}).status_code == 200
        assert self.ask(**{"X-OTP": code}).status_code == 401

    def test_code_may_be_of_other_digits(self, app):
        code = app.now().translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        # Servers hand each byte of a header over as a character.
        assert self.ask(**{"X-OTP": code.encode().decode("latin-1")}).status_code == 200

    def test_recovery_code_works_once(self, app, with_password):
        code = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()[0]
        assert self.ask(**{"X-OTP": code}).status_code == 200
        assert self.ask(**{"X-OTP": code}).status_code == 401
        assert with_password.security_events.filter(kind=SecurityEvent.Kind.CODE_USED).count() == 1

    def test_guessing_is_limited(self, app, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "3/h/key"}
        statuses = [self.ask(**{"X-OTP": "000000"}).status_code for _ in range(4)]
        assert statuses == [401, 401, 401, 429]


class TestEnd:
    def test_new_password_ends_all_tokens(self, ana):
        headers = bearer(ana)
        get_adapter().set_password(ana, "another password")
        assert not works(headers)

    def test_closed_account_has_none_that_work(self, ana):
        headers = bearer(ana)
        deactivate_user(ana, actor="test")
        assert not works(headers)
        restore_user(ana, actor="test")
        assert not works(headers)

    def test_suspended_account_has_none_that_work(self, ana):
        headers = bearer(ana)
        User.objects.update(suspended_at=timezone.now())
        assert not works(headers)

    def test_closed_account_gets_none(self, with_password):
        deactivate_user(with_password, actor="test")
        assert Client().post("/api/tokens", headers=basic("ana")).status_code == 401

    def test_sign_out_everywhere_revokes_tokens(self, ana):
        headers = bearer(ana)
        sign_out_everywhere(ana, actor="test")
        assert not works(headers)

    def test_job_deletes_those_that_expired(self, ana):
        bearer(ana)
        ApiToken.objects.update(expires_at=timezone.now())
        kept = bearer(UserFactory())
        delete_expired_tokens()
        assert ApiToken.objects.count() == 1
        assert works(kept)


class TestMaking:
    def test_options_are_applied(self, with_password):
        data = {"name": "Phone", "read_only": True, "lifetime": 60}
        response = Client().post("/api/tokens", data, content_type="application/json", headers=basic("ana"))
        secret = {"Authorization": f"Bearer {response.json()['token']}"}
        (listed,) = Client().get("/api/tokens", headers=secret).json()["items"]
        assert (listed["name"], listed["read_only"], listed["current"]) == ("Phone", True, True)
        assert ApiToken.objects.get().expires_at < timezone.now() + timedelta(seconds=61)

    @pytest.mark.parametrize("data", [{"lifetime": 0}, {"lifetime": 10**9}, {"lifetime": "x"}, {"name": 1}])
    def test_invalid_options_are_refused(self, with_password, data):
        response = Client().post("/api/tokens", data, content_type="application/json", headers=basic("ana"))
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, f"#/{next(iter(data))}")

    def test_attempts_are_limited_as_at_the_sign_in_page(self, with_password, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "2/5m/ip"}
        statuses = [Client().post("/api/tokens", headers=basic("ana", "wrong")).status_code for _ in range(3)]
        assert statuses == [401, 401, 429]

    def test_one_too_many_takes_the_place_of_the_one_that_ends_first(self, ana):
        first, _secret = make_token(ana, name="first", lifetime=HOUR)
        for _ in range(TOKENS_PER_USER - 1):
            make_token(ana, name="more", lifetime=2 * HOUR)
        assert ApiToken.objects.filter(pk=first.pk).exists()
        newest, _secret = make_token(ana, name="newest", lifetime=HOUR)
        assert not ApiToken.objects.filter(pk=first.pk).exists()
        assert ApiToken.objects.filter(pk=newest.pk).exists()
        assert ApiToken.objects.count() == TOKENS_PER_USER

    def test_use_is_noted(self, ana):
        assert works(bearer(ana))
        assert ApiToken.objects.get().last_used_at is not None

    def test_one_can_be_revoked_with_another(self, ana):
        one, other = bearer(ana), bearer(ana)
        pk = ApiToken.objects.latest("pk").pk
        client = Client(headers=one)
        assert client.delete(f"/api/tokens/{pk}").status_code == 204
        assert client.delete(f"/api/tokens/{pk}").status_code == 404
        assert (works(one), works(other)) == (True, False)

    def test_those_of_others_cannot_be_seen_or_revoked(self, ana):
        bearer(UserFactory())
        pk = ApiToken.objects.get().pk
        client = Client(headers=bearer(ana))
        assert client.delete(f"/api/tokens/{pk}").status_code == 404
        assert len(client.get("/api/tokens").json()["items"]) == 1

    def test_token_for_reading_writes_nothing_but_may_end_itself(self, ana):
        client = Client(headers=bearer(ana, is_read_only=True))
        assert client.get(f"/api/users/{ana.pk}").status_code == 200
        response = client.put(f"/api/users/{ana.pk}", {"about_me": "x"}, content_type="application/json")
        assert (response.status_code, response.json()["message"]) == (403, "this token is for reading only")
        assert client.delete("/api/tokens").status_code == 204
