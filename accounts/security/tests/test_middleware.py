import pytest
from django.test import Client

from accounts.security.tests.helpers import SECURITY, confirm, set_up_totp, sign_in
from accounts.tests.factories import UserFactory

# Factors are announced once they are committed.
pytestmark = pytest.mark.django_db(transaction=True)


class TestStaff:
    @pytest.fixture(autouse=True)
    def _required(self, settings, susan):
        settings.STAFF_SECOND_FACTOR = True
        susan.is_staff = susan.is_superuser = True
        susan.save(update_fields=["is_staff", "is_superuser"])

    def test_administration_opens_after_a_second_factor_was_set_up(self, susan, signed_in):
        page = signed_in.get("/admin/", follow=True)
        assert page.redirect_chain == [(SECURITY, 302)]
        assert "Set up an authenticator app or a passkey" in page.content.decode()
        set_up_totp(signed_in)
        assert signed_in.get("/admin/").status_code == 200

    def test_session_without_second_factor_must_use_it(self, susan, signed_in):
        other = Client()
        sign_in(other)
        _app, codes = set_up_totp(signed_in)
        asked = other.get("/admin/accounts/user/?q=a")
        assert asked["Location"].startswith("/auth/second_factor/reauthenticate?next=/admin/")
        # The password alone does not do.
        confirm(other, path="/admin/")
        assert other.get("/admin/").status_code == 302
        assert other.post(asked["Location"], {"code": codes[0]})["Location"] == "/admin/accounts/user/?q=a"
        assert other.get("/admin/").status_code == 200

    def test_administration_shuts_when_the_factor_is_gone(self, susan, signed_in):
        set_up_totp(signed_in)
        signed_in.post("/auth/totp/deactivate")
        assert signed_in.get("/admin/")["Location"] == SECURITY

    def test_members_are_refused_as_before_and_visitors_sign_in(self, susan, client):
        assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/auth/login?next=")
        client.force_login(UserFactory())
        assert client.get("/admin/").status_code == 302

    @pytest.mark.parametrize("page", ["mfa/authenticator", "usersessions/usersession", "account/emailaddress"])
    def test_credentials_cannot_be_edited_in_the_admin(self, client, settings, page):
        settings.STAFF_SECOND_FACTOR = False
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        assert client.get(f"/admin/{page}/").status_code == 404

    def test_it_can_be_left_off(self, susan, signed_in, settings):
        settings.STAFF_SECOND_FACTOR = False
        assert signed_in.get("/admin/").status_code == 200


def test_session_ends_some_months_after_the_sign_in_however_active(client, settings):
    UserFactory(username="ana", password="measures twice")
    client.post("/auth/login", {"login": "ana", "password": "measures twice"})
    assert client.get("/explore").status_code == 200
    settings.SESSION_MAX_DAYS = -1
    assert client.get("/explore")["Location"] == "/auth/login?next=/explore"
    client.post("/auth/login", {"login": "ana", "password": "measures twice"})
    pressed = client.post("/mute/bob", headers={"Referer": "http://testserver/user/bob"})
    assert pressed["Location"] == "/auth/login?next=/user/bob"
    settings.SESSION_MAX_DAYS = 90
    assert client.get("/explore").status_code == 302
