"""Second factors, sessions and the security log."""

import re
from datetime import timedelta

import pyotp
import pytest
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.devices import COOKIE, describe
from accounts.models import SecurityEvent, User
from accounts.services import (
    delete_old_security_events,
    end_sessions,
    keep_sessions,
    record_security_event,
    replace_password,
    reset_second_factor,
)
from accounts.tests.factories import UserFactory
from jobs.models import Queue
from jobs.worker import run_due
from microblog.core.sessions import SessionStore
from tests.helpers.authenticators import AuthenticatorApp, next_period
from tests.helpers.clients import PASSWORD
from tests.helpers.sessions import age_sessions

# Factors are announced once they are committed.
pytestmark = pytest.mark.django_db(transaction=True)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SECURITY = "/settings/security"
SECRET = pyotp.random_base32()
Kind = SecurityEvent.Kind
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
FULL_WIDTH_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")


def sign_in(client, password=PASSWORD, login="susan"):
    return client.post("/auth/login", {"login": login, "password": password})


def confirm(client, password=PASSWORD, path=SECURITY):
    return client.post(f"/auth/reauthenticate?next={path}", {"password": password})


@pytest.fixture
def signed_in(susan):
    client = Client(headers={"user-agent": FIREFOX})
    sign_in(client)
    return client


def kinds(user):
    return list(user.security_events.order_by("pk").values_list("kind", flat=True))


def set_up_totp(client, *, typed=str):
    """Set an authenticator app up as a person would, and return it with the recovery codes."""
    confirm(client)
    page = client.get("/auth/totp/activate").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    app = AuthenticatorApp(re.search(r'"totp-key"[^>]*>([A-Z2-7]+)<', page)[1])
    response = client.post("/auth/totp/activate", {"code": typed(app.now())})
    assert response["Location"] == "/auth/recovery_codes"
    codes = re.findall(r"mb-code\">(\d{8})<", client.get("/auth/recovery_codes").content.decode())
    assert len(codes) == 10
    return app, codes


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
        assert "Is it you?" in signed_in.get(location).content.decode()
        assert "incorrect" in signed_in.post(location, {"password": "wrong"}).content.decode().lower()
        assert signed_in.get(path).status_code == 302
        assert signed_in.post(location, {"password": PASSWORD})["Location"] == path
        assert signed_in.get(path).status_code == 200

    def test_it_leads_to_no_other_site(self, signed_in):
        assert confirm(signed_in, path="//evil.example/")["Location"] == "/"

    def test_a_failed_one_is_written_down(self, susan, signed_in):
        confirm(signed_in, "wrong")
        assert kinds(susan)[-1] == Kind.SIGN_IN_FAILED


class TestSessions:
    def test_all_are_listed_and_this_one_is_marked(self, susan, signed_in):
        other = Client(headers={"user-agent": "curl/8.5.0"})
        sign_in(other)
        page = signed_in.get(SECURITY).content.decode()
        assert "Firefox on Linux" in page and "curl" in page
        assert page.count("This device") == 1

    def test_one_is_ended_after_the_password_was_given(self, susan, signed_in):
        other = Client()
        sign_in(other)
        row = UserSession.objects.get(session_key=other.session.stored_key)
        age_sessions()
        asked = signed_in.post(f"/settings/security/sessions/{row.pk}/end")
        assert asked["Location"].startswith("/auth/reauthenticate?next=")
        assert other.get(SECURITY).status_code == 200
        # Given the password, what was asked for is done.
        assert signed_in.post(asked["Location"], {"password": PASSWORD})["Location"] == SECURITY
        assert other.get(SECURITY).status_code == 302
        assert signed_in.get(SECURITY).status_code == 200
        assert kinds(susan)[-1] == Kind.SESSION_ENDED

    def test_all_others_are_ended(self, susan, signed_in):
        others = [Client(), Client()]
        for other in others:
            sign_in(other)
        confirm(signed_in)
        signed_in.post("/settings/security/sessions/end")
        assert [other.get(SECURITY).status_code for other in others] == [302, 302]
        assert signed_in.get(SECURITY).status_code == 200
        assert UserSession.objects.count() == 1

    def test_neither_ones_own_nor_those_of_others_can_be_ended_here(self, susan, signed_in):
        UserFactory(username="bob", password=PASSWORD)
        bob = Client()
        sign_in(bob, login="bob")
        confirm(signed_in)
        for session in UserSession.objects.all():
            signed_in.post(f"/settings/security/sessions/{session.pk}/end")
        assert Session.objects.filter(session_key=bob.session.stored_key).exists()
        assert signed_in.get(SECURITY).status_code == 200

    def test_services_end_and_keep_them(self, susan, signed_in):
        replace_password(susan, "another one entirely")
        keep_sessions(susan)
        assert signed_in.get(SECURITY).status_code == 200
        assert end_sessions(susan) == 1
        assert end_sessions(susan) == 0
        assert signed_in.get(SECURITY).status_code == 302

    def test_one_that_began_before_they_were_listed_appears(self, client, susan):
        client.force_login(susan)
        assert "This device" in client.get(SECURITY).content.decode()

    def test_last_use_follows_in_the_rhythm_of_last_seen(self, susan, signed_in):
        earlier = timezone.now() - timedelta(minutes=5)
        UserSession.objects.update(last_seen_at=earlier)
        User.objects.update(last_seen=earlier)
        signed_in.get("/about")
        assert UserSession.objects.get().last_seen_at > earlier


class TestLog:
    def test_sign_ins_and_failures_are_written_down_with_address_and_device(self, susan):
        client = Client(headers={"user-agent": FIREFOX})
        sign_in(client, "wrong")
        sign_in(client)
        assert kinds(susan) == [Kind.SIGN_IN_FAILED, Kind.SIGN_IN]
        failed = susan.security_events.get(kind=Kind.SIGN_IN_FAILED)
        assert (failed.ip, describe(failed.user_agent)) == ("127.0.0.1", "Firefox on Linux")
        page = client.get("/settings/security/log").content.decode()
        assert "Failed sign-in" in page and "127.0.0.1" in page

    def test_a_failure_costs_the_same_queries_with_and_without_an_account(self, susan, django_assert_max_num_queries):
        counts = []
        for login in ("susan", "nobody", "susan@example.com", "nobody@example.com"):
            cache.clear()
            with django_assert_max_num_queries(10) as queries:
                sign_in(Client(), "wrong", login)
            counts.append(len(queries))
        assert counts[0] == counts[1] and counts[2] == counts[3]
        assert SecurityEvent.objects.filter(user=None).count() == 2

    def test_it_is_ones_own_and_paged(self, susan, signed_in, django_assert_max_num_queries):
        bob = UserFactory()
        record_security_event(bob, Kind.PASSKEY_ADDED, detail="Key of Bob")
        counts = []
        for _ in range(2):
            for number in range(26):
                record_security_event(susan, Kind.PASSKEY_ADDED, detail=f"Key {number}")
            with django_assert_max_num_queries(6) as queries:
                page = signed_in.get("/settings/security/log").content.decode()
            counts.append(len(queries))
            assert page.count("mb-row__title") == 25
        assert counts[0] == counts[1]
        assert "Key of Bob" not in page
        assert "?before=" in page

    @pytest.mark.parametrize(
        "path",
        [
            "/auth/reauthenticate",
            "/auth/second_factor/reauthenticate",
            "/auth/totp/deactivate",
            "/auth/recovery_codes",
        ],
    )
    def test_pages_of_factors_keep_to_the_budget(self, signed_in, path, django_assert_max_num_queries):
        set_up_totp(signed_in)
        with django_assert_max_num_queries(6):
            assert signed_in.get(path).status_code == 200

    def test_security_page_costs_the_same_however_much_there_is(self, susan, signed_in, django_assert_max_num_queries):
        counts = []
        for more in (1, 19):
            for _ in range(more):
                store = SessionStore()
                store.create()
                UserSession.objects.create(user=susan, session_key=store.stored_key, ip="::1", user_agent="")
            with django_assert_max_num_queries(6) as queries:
                assert signed_in.get(SECURITY).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_it_reaches_back_ninety_days(self, susan, settings):
        for days in (89, 91):
            event = record_security_event(susan, Kind.SIGN_IN)
            SecurityEvent.objects.filter(pk=event.pk).update(created_at=timezone.now() - timedelta(days=days))
        delete_old_security_events()
        assert SecurityEvent.objects.count() == 1


class TestMail:
    @pytest.fixture(autouse=True)
    def _mail_goes_out(self, settings):
        settings.MAIL_GOES_TO = "mailbox"

    def sent(self):
        run_due(Queue.MAIL)
        subjects = [message.subject for message in mail.outbox]
        mail.outbox.clear()
        return subjects

    def test_a_new_device_is_mailed_and_then_known(self, susan):
        client = Client(headers={"user-agent": FIREFOX})
        sign_in(client)
        assert self.sent() == []  # the first sign-in of all
        client.post("/auth/logout")
        sign_in(client)
        assert self.sent() == []
        other = Client()
        sign_in(other)
        assert self.sent() == ["[Microblog] Signed in on a new device"]
        assert kinds(susan) == [Kind.SIGN_IN, Kind.SIGN_IN, Kind.NEW_DEVICE]
        cookie = other.cookies[COOKIE]
        assert cookie["httponly"] and cookie["samesite"] == "Lax"

    def test_a_forged_cookie_makes_no_device_known(self, susan):
        sign_in(Client())
        client = Client()
        client.cookies[COOKIE] = f"[{susan.pk}]"
        sign_in(client)
        assert kinds(susan)[-1] == Kind.NEW_DEVICE

    def test_changes_of_factors_are_mailed(self, susan, signed_in):
        User.objects.update(time_zone="Asia/Tokyo")
        _app, codes = set_up_totp(signed_in)
        assert self.sent() == ["[Microblog] Authenticator app set up"]
        client = Client()
        sign_in(client)
        client.post("/auth/second_factor", {"code": codes[0]})
        assert self.sent() == ["[Microblog] Recovery code used", "[Microblog] Signed in on a new device"]
        signed_in.post("/auth/recovery_codes/generate")
        signed_in.post("/auth/totp/deactivate")
        run_due(Queue.MAIL)
        assert [message.subject for message in mail.outbox] == [
            "[Microblog] Recovery codes made",
            "[Microblog] Authenticator app removed",
        ]
        message = mail.outbox[-1]
        assert "(Asia/Tokyo)" in message.body and "127.0.0.1" in message.body and "Firefox on Linux" in message.body

    def test_reset_by_the_operator_is_mailed(self, susan, signed_in):
        set_up_totp(signed_in)
        reset_second_factor(susan, actor="the console")
        assert "[Microblog] Second factor removed by the people who run the site" in self.sent()


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

    def test_a_session_without_it_is_asked_for_it(self, susan, signed_in):
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
    def test_nothing_that_one_signs_in_with_is_edited_there(self, client, settings, page):
        settings.STAFF_SECOND_FACTOR = False
        client.force_login(UserFactory(is_staff=True, is_superuser=True))
        assert client.get(f"/admin/{page}/").status_code == 404

    def test_it_can_be_left_off(self, susan, signed_in, settings):
        settings.STAFF_SECOND_FACTOR = False
        assert signed_in.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
         "Safari/537.36 Edg/141.0.0.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/18.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile "
         "Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", ""),
    ],
)  # fmt: skip
def test_devices_are_named_in_words(user_agent, words):
    assert describe(user_agent) == words
