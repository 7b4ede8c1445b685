from datetime import timedelta

import pyotp
import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.security.devices import COOKIE, describe
from accounts.security.models import SecurityEvent
from accounts.security.services import (
    delete_old_events,
    record_security_event,
    reset_second_factor,
)
from accounts.security.tests.helpers import FIREFOX, SECURITY, kinds, set_up_totp, sign_in
from accounts.tests.factories import UserFactory
from jobs.models import Queue
from jobs.worker import run_due
from microblog.core.sessions import SessionStore

# Factors are announced once they are committed.
pytestmark = pytest.mark.django_db(transaction=True)

SECRET = pyotp.random_base32()
Kind = SecurityEvent.Kind


class TestLog:
    def test_sign_ins_and_failures_are_logged_with_ip_and_device(self, susan):
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
        for login in ("susan", "unknown", "susan@example.com", "unknown@example.com"):
            cache.clear()
            with django_assert_max_num_queries(10) as queries:
                sign_in(Client(), "wrong", login)
            counts.append(len(queries))
        assert counts[0] == counts[1] and counts[2] == counts[3]
        assert SecurityEvent.objects.filter(user=None).count() == 2

    def test_log_shows_own_events_and_is_paged(self, susan, signed_in, django_assert_max_num_queries):
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
        delete_old_events()
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
            "[Microblog] Recovery codes created",
            "[Microblog] Authenticator app removed",
        ]
        message = mail.outbox[-1]
        assert "(Asia/Tokyo)" in message.body and "127.0.0.1" in message.body and "Firefox on Linux" in message.body

    def test_reset_by_the_operator_is_mailed(self, susan, signed_in):
        set_up_totp(signed_in)
        reset_second_factor(susan, actor="the console")
        assert "[Microblog] Second factor removed by an administrator" in self.sent()
