import re

import pyotp
import pytest
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from django.core.cache import cache
from django.test import Client

from accounts.security.models import SecurityEvent
from accounts.security.tests.helpers import SECURITY, confirm, kinds, set_up_totp, sign_in
from tests.helpers.authenticators import next_period
from tests.helpers.clients import PASSWORD
from tests.helpers.sessions import age_sessions

# Factors are announced once they are committed.
pytestmark = pytest.mark.django_db(transaction=True)

SECRET = pyotp.random_base32()
Kind = SecurityEvent.Kind
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
FULL_WIDTH_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")


class TestAuthenticatorApp:
    def test_sign_in_asks_for_a_code_that_works_once(self, susan, signed_in):
        app, _codes = set_up_totp(signed_in)
        code = app.now()
        # The one that set it up is used already.
        client = Client()
        assert sign_in(client)["Location"] == "/auth/second_factor"
        refused = client.post("/auth/second_factor", {"code": code})
        assert "This code is wrong, or it was used before." in refused.content.decode()
        assert "_auth_user_id" not in client.session
        next_period()
        code = app.now()
        assert client.post("/auth/second_factor", {"code": code})["Location"] == "/"
        assert client.session["_auth_user_id"] == str(susan.pk)

        again = Client()
        sign_in(again)
        # Each process may have a cache of its own.
        cache.clear()
        assert again.post("/auth/second_factor", {"code": code}).status_code == 200
        assert "_auth_user_id" not in again.session

    @pytest.mark.parametrize(
        "typed",
        [
            lambda code: code.translate(ARABIC_DIGITS),
            lambda code: code.translate(FULL_WIDTH_DIGITS),
            lambda code: f"\u2066{code[:3]}\u00a0{code[3:]}\u3000\t\u200b",
        ],
        ids=["arabic", "full width", "white space"],
    )
    def test_code_is_accepted_in_other_digits_and_with_white_space(self, susan, signed_in, typed):
        app, codes = set_up_totp(signed_in)
        for code in (app.now(), codes[0]):
            next_period()
            client = Client()
            sign_in(client)
            response = client.post("/auth/second_factor", {"code": typed(code)})
            assert response.status_code == 302
            assert client.get("/explore").status_code == 200

    def test_authenticator_app_is_set_up_with_a_code_in_other_digits(self, susan, signed_in):
        set_up_totp(signed_in, typed=lambda code: code.translate(ARABIC_DIGITS))
        assert Authenticator.objects.filter(user=susan, type="totp").exists()

    def test_codes_change_every_half_minute_as_apps_expect(self, susan, settings):
        del settings.MFA_TOTP_PERIOD
        url = get_adapter().build_totp_url(susan, SECRET)
        assert pyotp.parse_uri(url).interval == app_settings.TOTP_PERIOD == 30
        assert hotp_value(SECRET, 1) == int(pyotp.TOTP(SECRET).at(30))

    def test_recovery_codes_are_shown_once_and_each_works_once(self, susan, signed_in):
        _app, codes = set_up_totp(signed_in)
        page = signed_in.get("/auth/recovery_codes").content.decode()
        assert "You have 10 codes left" in page and not any(code in page for code in codes)
        for works in (True, False):
            client = Client()
            sign_in(client)
            response = client.post("/auth/second_factor", {"code": codes[0]})
            assert (response.status_code == 302) is works
        assert "9 codes left" in signed_in.get(SECURITY).content.decode()
        assert Kind.CODE_USED in kinds(susan)

    def test_new_recovery_codes_take_the_place_of_the_old(self, susan, signed_in):
        _app, codes = set_up_totp(signed_in)
        response = signed_in.post("/auth/recovery_codes/generate")
        assert response["Location"] == "/auth/recovery_codes"
        client = Client()
        sign_in(client)
        assert client.post("/auth/second_factor", {"code": codes[0]}).status_code == 200

    def test_removing_it_asks_for_the_password_and_takes_the_codes_along(self, susan, signed_in):
        set_up_totp(signed_in)
        client = Client()
        client.force_login(susan)
        age_sessions()
        assert client.post("/auth/totp/deactivate")["Location"].startswith("/auth/reauthenticate?next=")
        confirm(signed_in)
        assert signed_in.post("/auth/totp/deactivate")["Location"] == SECURITY
        assert not Authenticator.objects.exists()
        assert sign_in(Client())["Location"] == "/"

    def test_secrets_are_encrypted_in_the_database_and_survive_a_new_key(self, susan, signed_in, settings):
        app, _codes = set_up_totp(signed_in)
        rows = str(list(Authenticator.objects.values_list("data", flat=True)))
        assert app.secret not in rows
        assert not re.search(r"'seed': '[0-9a-f]{80}'", rows)
        next_period()
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "x" * 50
        client = Client()
        sign_in(client)
        assert client.post("/auth/second_factor", {"code": app.now()}).status_code == 302
        next_period()
        settings.SECRET_KEY_FALLBACKS = []
        client = Client()
        sign_in(client)
        assert client.post("/auth/second_factor", {"code": app.now()}).status_code == 200

    def test_a_code_without_the_password_leads_nowhere(self, susan, signed_in):
        app, codes = set_up_totp(signed_in)
        for code in (codes[0], app.now()):
            assert Client().post("/auth/second_factor", {"code": code})["Location"] == "/auth/login"

    def test_wrong_codes_are_limited(self, susan, signed_in, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "50/m/ip,3/h/key"}
        set_up_totp(signed_in)
        client = Client()
        sign_in(client)
        for _ in range(3):
            client.post("/auth/second_factor", {"code": "000000"})
        next_code = client.post("/auth/second_factor", {"code": "000000"}).content.decode()
        assert "Too many failed login attempts" in next_code
        assert kinds(susan).count(Kind.SECOND_FACTOR_FAILED) == 3

    def test_a_new_password_does_not_get_around_it(self, susan, signed_in):
        set_up_totp(signed_in)
        susan.set_password("another one entirely")
        susan.save()
        client = Client()
        assert sign_in(client, "another one entirely")["Location"] == "/auth/second_factor"
        assert client.get("/")["Location"].startswith("/auth/login?next=")


class TestReauthentication:
    @pytest.mark.parametrize(
        "path",
        ["/auth/totp/activate", "/auth/passkeys/add", "/auth/recovery_codes/generate"],
    )
    def test_it_comes_before_each_change_of_a_factor(self, signed_in, path):
        age_sessions()
        location = signed_in.get(path)["Location"]
        assert location == f"/auth/reauthenticate?next={path.replace('/', '%2F')}"
        assert "Confirm that it is you" in signed_in.get(location).content.decode()
        assert "incorrect" in signed_in.post(location, {"password": "wrong"}).content.decode().lower()
        assert signed_in.get(path).status_code == 302
        assert signed_in.post(location, {"password": PASSWORD})["Location"] == path
        assert signed_in.get(path).status_code == 200

    def test_it_leads_to_no_other_site(self, signed_in):
        assert confirm(signed_in, path="//evil.example/")["Location"] == "/"

    def test_failed_reauthentication_is_logged(self, susan, signed_in):
        confirm(signed_in, "wrong")
        assert kinds(susan)[-1] == Kind.SIGN_IN_FAILED
