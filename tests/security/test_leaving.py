"""An account that is about to be deleted, and archives, need the same authentication as an open account."""

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as RECORDS
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client

from accounts.security.leaving import SECONDS, SESSION_KEY
from accounts.security.models import SecurityEvent
from accounts.services import deactivate_user, request_deletion, suspend_user
from exports.models import Export
from jobs.models import Queue
from jobs.worker import run_due
from tests.helpers.authenticators import AuthenticatorApp
from tests.helpers.clients import PASSWORD
from tests.helpers.passkeys import Passkey, add_passkey, sign_in_with
from tests.helpers.sessions import age_sessions

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "A" * 32
Kind = SecurityEvent.Kind


@pytest.fixture
def app(susan):
    TOTP.activate(susan, SECRET)
    RecoveryCodes.activate(susan)
    return AuthenticatorApp(SECRET)


def leave(user):
    request_deletion(user, actor=user)
    SecurityEvent.objects.all().delete()


def sign_in(client, password=PASSWORD):
    return client.post("/auth/login", {"login": "susan", "password": password})


def kinds(user):
    return list(user.security_events.order_by("pk").values_list("kind", flat=True))


def is_shut(client, user):
    """Return whether neither the account nor its data can be reached in this browser."""
    export = Export.objects.create(user=user, state=Export.State.DONE)
    paths = ["/come_back", "/settings/exports", f"/settings/exports/{export.pk}/download"]
    answers = [client.get(path) for path in paths] + [client.post("/come_back"), client.post("/export_posts")]
    user.refresh_from_db()
    is_untouched = user.deletion_due_at is not None and user.exports.count() == 1
    return is_untouched and all(answer["Location"].startswith("/auth/login") for answer in answers)


class TestSecondFactor:
    def test_password_alone_opens_neither_the_account_nor_the_exports(self, client, susan, app):
        leave(susan)
        assert sign_in(client)["Location"] == "/auth/second_factor"
        client.post("/auth/second_factor", {"code": "000000"})
        assert is_shut(client, susan)

    def test_code_opens_only_the_page_to_restore_the_account(self, client, susan, app):
        leave(susan)
        sign_in(client)
        assert client.post("/auth/second_factor", {"code": app.now()})["Location"] == "/come_back"
        assert client.get("/come_back").status_code == 200
        assert client.get("/settings/exports").status_code == 200
        assert client.get("/explore")["Location"].startswith("/auth/login")
        assert client.post("/come_back")["Location"] == "/auth/login"
        susan.refresh_from_db()
        assert (susan.deactivated_at, susan.deletion_due_at) == (None, None)
        assert kinds(susan) == [Kind.CLOSED_SIGN_IN, Kind.RESTORED]

    def test_passkey_completes_all_stages(self, client, susan):
        passkey = Passkey()
        client.force_login(susan)
        add_passkey(client, passkey)
        client.logout()
        leave(susan)
        assert sign_in_with(client, passkey)["Location"] == "/come_back"
        assert client.get("/come_back").status_code == 200

    def test_account_that_staff_closed_stays_closed(self, client, susan, app):
        sign_in(client)
        deactivate_user(susan, actor="staff")
        assert client.post("/auth/second_factor", {"code": app.now()})["Location"] == "/auth/inactive"
        assert RECORDS not in client.session


class TestSession:
    def test_session_ends_after_minutes(self, client, susan):
        leave(susan)
        sign_in(client)
        session = client.session
        session[SESSION_KEY] = {**session[SESSION_KEY], "at": session[SESSION_KEY]["at"] - SECONDS - 1}
        session.save()
        assert is_shut(client, susan)

    def test_session_ends_with_a_new_password(self, client, susan):
        leave(susan)
        sign_in(client)
        susan.set_password("another one entirely")
        susan.save(update_fields=["password"])
        assert is_shut(client, susan)

    def test_session_key_changes_at_sign_in(self, client, susan):
        leave(susan)
        client.get("/auth/login")
        session = client.session
        session["planted"] = True
        session.save()
        before = session.session_key
        client.cookies["sessionid"] = before
        sign_in(client)
        assert client.cookies["sessionid"].value != before


class TestMail:
    @pytest.fixture(autouse=True)
    def _mail_goes_out(self, settings):
        settings.MAIL_GOES_TO = "mailbox"

    def test_owner_is_mailed_and_can_end_the_session(self, client, susan):
        leave(susan)
        sign_in(client)
        client.post("/come_back")
        run_due(Queue.MAIL)
        assert [message.subject for message in mail.outbox] == [
            "[Microblog] Signed in to your closed account",
            "[Microblog] Account restored",
        ]

    def test_new_password_can_be_chosen_while_the_account_is_closed(self, client, susan):
        leave(susan)
        client.post("/auth/reset_password_request", {"email": susan.email})
        run_due(Queue.MAIL)
        url = next(word for word in mail.outbox[0].body.split() if "/auth/reset_password/" in word)
        new = "another one entirely"
        form = client.get(url[url.index("/auth") :], follow=True)
        path = form.redirect_chain[-1][0]
        assert client.post(path, {"password1": new, "password2": new})["Location"] == "/auth/login"
        assert sign_in(client).status_code == 200
        assert sign_in(client, new)["Location"] == "/come_back"

    def test_account_that_staff_closed_gets_no_mail(self, client, susan):
        deactivate_user(susan, actor="staff")
        client.post("/auth/reset_password_request", {"email": susan.email})
        assert sign_in(client)["Location"] == "/auth/inactive"
        run_due(Queue.MAIL)
        assert mail.outbox == []


class TestExport:
    """The archive contains all private messages, so an open session is not enough to get it."""

    @pytest.fixture
    def old_session(self, susan):
        client = Client()
        sign_in(client)
        age_sessions()
        return client

    def test_export_is_requested_after_re_authentication(self, susan, old_session):
        asked = old_session.post("/export_posts")
        assert asked["Location"].startswith("/auth/reauthenticate?next=")
        assert not susan.exports.exists()
        assert old_session.post(asked["Location"], {"password": PASSWORD})["Location"] == "/user/susan"
        assert susan.exports.count() == 1

    def test_download_needs_re_authentication_too(self, susan, old_session):
        old_session.post("/auth/reauthenticate", {"password": PASSWORD})
        old_session.post("/export_posts")
        run_due(Queue.TASKS)
        url = f"/settings/exports/{susan.exports.get().pk}/download"
        assert b"".join(old_session.get(url)).startswith(b"PK")
        age_sessions()
        asked = old_session.get(url)
        assert asked["Location"].startswith("/auth/reauthenticate?next=")
        assert old_session.post(asked["Location"], {"password": PASSWORD})["Location"] == "/settings/exports"
        assert b"".join(old_session.get(url)).startswith(b"PK")

    def test_suspended_user_can_re_authenticate(self, susan, old_session):
        suspend_user(susan, actor="test")
        asked = old_session.post("/export_posts")
        assert asked["Location"].startswith("/auth/reauthenticate?next=")
        assert old_session.get(asked["Location"]).status_code == 200
        assert old_session.post(asked["Location"], {"password": PASSWORD})["Location"] == "/settings/exports"
        assert susan.exports.count() == 1
