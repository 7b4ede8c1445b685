"""Forgotten passwords and names, and passwords that are changed."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from tests.helpers.clients import said
from tests.helpers.mail import deliver, link_in

pytestmark = pytest.mark.django_db

OLD, NEW = "measures twice", "cuts only once"
CHOSEN = {"password1": NEW, "password2": NEW, "end_sessions": "on"}
REQUESTED = "Check your email for the instructions to reset your password"
USELESS = "This link no longer works. Please request a new one."


def can_sign_in(password, login="susan"):
    return Client().post("/auth/login", {"login": login, "password": password}).status_code == 302


@pytest.fixture
def link(client, susan):
    client.post("/auth/reset_password_request", {"email": susan.email})
    deliver()
    return link_in(mail.outbox[0])


class TestRequest:
    @pytest.fixture(autouse=True)
    def _mail_goes_out(self, settings):
        settings.MAIL_GOES_TO = "mailbox"

    def test_sign_in_leads_there(self, client):
        page = client.get("/auth/login").content.decode()
        assert 'Forgot Your Password? <a href="/auth/reset_password_request">Click to Reset It</a>' in page

    def test_mail_with_a_link_and_the_name_goes_to_the_address(self, client, susan):
        response = client.post("/auth/reset_password_request", {"email": "Susan@Example.com"})
        assert (response["Location"], said(response)) == ("/auth/login", [REQUESTED])
        assert deliver() == [("Reset Your Password", ["susan@example.com"])]
        assert "Your username is susan" in mail.outbox[0].body
        assert "within 10 minutes" in mail.outbox[0].body

    @pytest.mark.parametrize("address", ["unknown@example.com", "closed@example.com"])
    def test_answer_is_the_same_where_no_mail_goes(self, client, address):
        User.objects.filter(pk=UserFactory(email="closed@example.com").pk).update(deactivated_at=timezone.now())
        response = client.post("/auth/reset_password_request", {"email": address})
        assert (response["Location"], said(response)) == ("/auth/login", [REQUESTED])
        assert deliver() == []

    def test_reset_request_redirects_signed_in_users(self, client, susan, link):
        client.force_login(susan)
        assert client.get("/auth/reset_password_request")["Location"] == "/"
        response = client.get(link)
        assert (response["Location"], said(response)[-1]) == ("/", "Sign out first to use this link.")


class TestReset:
    def test_new_password_replaces_the_old_one(self, client, susan, link):
        form = client.get(link)
        # The token is not in a URL that the page could leak.
        assert (
            form["Location"] == "/auth/reset_password/" + link.rpartition("/")[2].partition("-")[0] + "-set-password"
        )
        page = client.get(form["Location"]).content.decode()
        assert "<h1>Reset Your Password</h1>" in page
        assert 'value="Request Password Reset"' in page
        response = client.post(form["Location"], CHOSEN)
        assert (response["Location"], said(response)[-1]) == ("/auth/login", "Your password has been reset.")
        assert (can_sign_in(OLD), can_sign_in(NEW)) == (False, True)
        assert deliver() == [("Your password was changed", ["susan@example.com"])]

    def test_link_works_once(self, client, link):
        client.post(client.get(link)["Location"], CHOSEN)
        response = client.get(link)
        assert (response["Location"], said(response)[-1]) == ("/", USELESS)

    def test_link_expires(self, client, link, settings):
        settings.PASSWORD_RESET_TIMEOUT = -1
        response = client.get(link)
        assert (response["Location"], said(response)[-1]) == ("/", USELESS)

    @pytest.mark.parametrize(
        "key", ["nonsense", "1-set-password", "1-abc-def", "zzzzzzzzzzzzzz-abc", "-", "\x00-\x00"]
    )
    def test_false_link_leads_home_with_a_message(self, client, key):
        response = client.get(f"/auth/reset_password/{key}")
        assert (response["Location"], said(response)[-1]) == ("/", USELESS)

    def test_link_of_a_closed_account_is_useless(self, client, susan, link):
        User.objects.update(deactivated_at=timezone.now())
        assert client.get(link)["Location"] == "/"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"password2": "something else"}, "password2"),
            ({"password1": "short", "password2": "short"}, "password1"),
            ({"password1": "susan@example", "password2": "susan@example"}, "password1"),
        ],
    )
    def test_refused_password_shows_error_next_to_its_field(self, client, link, changes, field):
        response = client.post(client.get(link)["Location"], CHOSEN | changes)
        assert list(response.context["form"].errors) == [field]
        assert can_sign_in(OLD)

    @pytest.mark.usefixtures("mandatory")
    def test_following_the_link_proves_the_address(self, client):
        bob = UserFactory(username="bob", email="bob@example.com", password=OLD)
        client.post("/auth/reset_password_request", {"email": bob.email})
        deliver()
        client.post(client.get(link_in(mail.outbox[0]))["Location"], CHOSEN)
        assert EmailAddress.objects.get(user=bob).verified
        assert can_sign_in(NEW, "bob@example.com")


class Devices:
    """Two browsers of one person."""

    def __init__(self, login, password):
        self.here, self.there = Client(), Client()
        for device in (self.here, self.there):
            device.post("/auth/login", {"login": login, "password": password})
            assert device.get("/").status_code == 200

    def signed_in(self):
        return [device.get("/").status_code == 200 for device in (self.here, self.there)]


class TestChange:
    DATA = CHOSEN | {"old_password": OLD}

    @pytest.fixture
    def devices(self, susan):
        return Devices("susan", OLD)

    def test_ends_all_other_sessions_which_is_preselected(self, devices):
        page = devices.here.get("/auth/change_password").content.decode()
        assert re.search(r'<input type="checkbox" name="end_sessions"[^>]* checked', page)
        response = devices.here.post("/auth/change_password", self.DATA)
        assert (response["Location"], said(response)[-1]) == ("/auth/email", "Your password has been changed.")
        assert devices.signed_in() == [True, False]
        assert (can_sign_in(OLD), can_sign_in(NEW)) == (False, True)
        assert deliver().count(("Your password was changed", ["susan@example.com"])) == 1

    def test_keeps_other_sessions_if_chosen(self, devices):
        devices.here.post("/auth/change_password", {**self.DATA, "end_sessions": ""})
        assert devices.signed_in() == [True, True]
        assert can_sign_in(NEW)

    @pytest.mark.parametrize("ended", [True, False])
    def test_reset_leaves_the_same_choice(self, client, devices, ended):
        client.post("/auth/reset_password_request", {"email": "susan@example.com"})
        deliver()
        client.post(client.get(link_in(mail.outbox[-1]))["Location"], CHOSEN | {"end_sessions": "on" if ended else ""})
        assert devices.signed_in() == [not ended, not ended]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"old_password": "wrong"}, "old_password"),
            ({"password2": "something else"}, "password2"),
            ({"password1": "short", "password2": "short"}, "password1"),
        ],
    )
    def test_errors_are_shown_next_to_their_fields(self, devices, changes, field):
        response = devices.here.post("/auth/change_password", self.DATA | changes)
        assert list(response.context["form"].errors) == [field]
        assert can_sign_in(OLD)

    def test_user_without_password_need_not_enter_it(self, client):
        client.force_login(UserFactory(username="bob"))
        assert "old_password" not in client.get("/auth/change_password").content.decode()
        client.post("/auth/change_password", CHOSEN)
        assert can_sign_in(NEW, "bob")
