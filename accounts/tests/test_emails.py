"""Confirmation, resending and change of email addresses, which reveal nothing to others."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User, Username
from accounts.placeholders import is_placeholder_email
from accounts.services import correct_email, delete_unconfirmed, request_email_change
from accounts.tests.factories import UserFactory
from jobs.models import Job, Queue
from tests.helpers.clients import REGISTRATION, said
from tests.helpers.mail import deliver, link_in
from tests.helpers.sessions import age_sessions

pytestmark = pytest.mark.django_db

SIGN_IN = {"login": "susan", "password": REGISTRATION["password1"]}


CONFIRM = ("Confirm your email address", ["susan@example.com"])


@pytest.mark.usefixtures("mandatory")
class TestSignUp:
    def test_account_opens_when_the_link_from_the_mail_is_followed(self, client):
        response = client.post("/auth/register?next=/explore", REGISTRATION)
        assert response["Location"] == "/auth/confirm_email"
        assert said(response) == []
        page = client.get("/auth/confirm_email")
        assert "Check your email" in page.content.decode()
        assert client.get("/").status_code == 302
        assert deliver() == [CONFIRM]
        link = link_in(mail.outbox[0])
        assert "susan@example.com belong to the account susan" in client.get(link).content.decode()
        assert not EmailAddress.objects.get().verified
        response = client.post(link)
        assert (response["Location"], said(response)) == (
            "/explore",
            ["Congratulations, you are now a registered user!"],
        )
        assert client.get("/").wsgi_request.user.username == "susan"
        assert "no longer works" in client.get(link).content.decode()

    def test_link_in_another_browser_needs_the_password_and_then_signs_in(self, client, client_of_another):
        client.post("/auth/register", REGISTRATION)
        deliver()
        link = link_in(mail.outbox[0])
        assert "Enter its password to confirm" in client_of_another.post(link).content.decode()
        assert not EmailAddress.objects.get().verified
        response = client_of_another.post(link, {"password": SIGN_IN["password"]})
        assert (response["Location"], said(response)) == ("/", ["Your email address is confirmed."])
        assert client_of_another.get("/").wsgi_request.user.username == "susan"

    def test_sign_in_before_that_leads_to_the_same_page_and_sends_the_mail_again(self, client):
        client.post("/auth/register", REGISTRATION)
        deliver()
        response = client.post("/auth/login", SIGN_IN)
        assert response["Location"] == "/auth/confirm_email"
        assert deliver() == [CONFIRM]
        assert client.get("/").status_code == 302

    def test_job_holds_no_secret_and_waits_in_the_transaction(self, client):
        client.post("/auth/register", REGISTRATION)
        job = Job.objects.get(queue=Queue.MAIL)
        assert (job.task, job.args) == ("accounts.tasks.send_confirmation", [EmailAddress.objects.get().pk])

    def test_mail_speaks_the_language_of_the_account(self, client):
        client.post("/auth/register", REGISTRATION)
        User.objects.update(language="ar")
        deliver()
        assert 'lang="ar" dir="rtl"' in mail.outbox[0].alternatives[0].content

    def test_mistyped_address_is_corrected_in_the_browser_that_registered(self, client, client_of_another):
        client.post("/auth/register", REGISTRATION | {"email": "susna@example.com"})
        deliver()
        wrong = link_in(mail.outbox[0])
        right = {"email": "susan@example.com"}
        client_of_another.post("/auth/confirm_email", right)
        assert deliver() == []
        assert "Is there a typo" in client.get("/auth/confirm_email").content.decode()
        client.post("/auth/confirm_email", right)
        assert deliver() == [CONFIRM]
        assert "no longer works" in client.post(wrong).content.decode()
        client.post(link_in(mail.outbox[0]))
        person = client.get("/").wsgi_request.user
        assert (person.username, person.email) == ("susan", "susan@example.com")
        # An account that was opened changes its address in Settings alone.
        assert not correct_email(person, "other@example.com")

    @pytest.mark.parametrize("key", ["nonsense", "MQ:1abc:xyz", "a" * 3000])
    def test_false_link_says_so_and_what_to_do(self, client, key):
        page = client.get(f"/auth/confirm_email/{key}").content.decode()
        assert "no longer works" in page
        assert "/auth/confirm_email" in page

    def test_link_expires(self, client, settings):
        client.post("/auth/register", REGISTRATION)
        deliver()
        settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 0
        link = link_in(mail.outbox[0])
        assert "no longer works" in client.post(link).content.decode()
        assert not EmailAddress.objects.get().verified


@pytest.mark.usefixtures("mandatory")
class TestTakenAddress:
    TAKEN = REGISTRATION | {"username": "mallory", "password1": "a guess or two", "password2": "a guess or two"}

    def test_only_its_owner_learns_of_it(self, client, susan):
        response = client.post("/auth/register", self.TAKEN)
        assert (response["Location"], said(response)) == ("/auth/confirm_email", [])
        assert deliver() == [("You already have an account", ["susan@example.com"])]
        assert "your account susan" in mail.outbox[0].body

    def test_name_is_gone_as_if_the_account_had_been_made(self, client, susan):
        client.post("/auth/register", self.TAKEN)
        response = client.post("/auth/register", self.TAKEN | {"email": "other@example.com"})
        assert response.context["form"].errors == {"username": ["Please use a different username."]}
        mallory = User.objects.by_username("mallory").get()
        assert is_placeholder_email(mallory.email)

    def test_placeholder_account_can_never_be_used(self, client, susan):
        client.post("/auth/register", self.TAKEN)
        deliver()
        response = client.post("/auth/login", {"login": "mallory", "password": "a guess or two"})
        assert response["Location"] == "/auth/confirm_email"
        assert deliver() == []
        client.post("/auth/confirm_email", {"email": "susan@example.com"})
        assert deliver() == [("You already have an account", ["susan@example.com"])]
        client.post("/auth/reset_password_request", {"email": User.objects.get(username="mallory").email})
        assert deliver() == []

    @pytest.mark.parametrize("taken", [True, False])
    def test_password_just_chosen_does_not_open_the_address(self, client, susan, taken):
        data = self.TAKEN | ({} if taken else {"email": "free@example.com"})
        client.post("/auth/register", data)
        response = client.post("/auth/login", {"login": data["email"], "password": "a guess or two"})
        assert response.context["form"].non_field_errors() == ["Invalid username or password"]

    def test_owner_is_not_flooded(self, client, susan, settings):
        settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "2/m/key"}
        for number in range(5):
            client.post("/auth/register", self.TAKEN | {"username": f"mallory{number}"})
        assert len(deliver()) == 2


@pytest.mark.usefixtures("mandatory")
class TestResend:
    SAID = "If this email address is waiting to be confirmed, another email is on its way."

    @pytest.fixture
    def newcomer(self, client):
        client.post("/auth/register", REGISTRATION)
        deliver()

    def test_email_address_that_was_typed_is_shown_where_it_was_typed(self, client, client_of_another, newcomer):
        for email in ("susan@example.com", "right@example.com"):
            page = client.get("/auth/confirm_email")
            assert f"{email}</strong>" in page.content.decode()
            assert page.context["form"]["email"].value() == email
            assert email not in client_of_another.get("/auth/confirm_email").content.decode()
            client.post("/auth/confirm_email", {"email": "right@example.com"})

    def test_email_address_of_another_account_is_shown_alike(self, client, susan):
        client.post("/auth/register", REGISTRATION | {"username": "mallory", "email": susan.email})
        assert f"{susan.email}</strong>" in client.get("/auth/confirm_email").content.decode()

    def test_sends_the_mail_again(self, client, newcomer):
        response = client.post("/auth/confirm_email", {"email": "SUSAN@example.com"})
        assert (response["Location"], said(response)) == ("/auth/confirm_email", [self.SAID])
        assert deliver() == [CONFIRM]

    @pytest.mark.parametrize("address", ["unknown@example.com", "confirmed@example.com", "pending@example.com"])
    def test_says_the_same_to_addresses_that_do_not_wait(self, client, susan, address):
        UserFactory(email="confirmed@example.com")
        request_email_change(susan, "pending@example.com")
        deliver()
        assert said(client.post("/auth/confirm_email", {"email": address})) == [self.SAID]
        assert deliver() == []

    def test_is_throttled_alike_for_every_address(self, client, newcomer, settings):
        settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "1/m/key"}
        for address in ("susan@example.com", "unknown@example.com"):
            statuses = [client.post("/auth/confirm_email", {"email": address}).status_code for _ in range(2)]
            assert statuses == [302, 429]


class TestWithoutOutgoingMail:
    def test_new_user_is_signed_in_and_sees_where_the_mail_went(self, client):
        response = client.post("/auth/register", REGISTRATION)
        assert said(response) == [
            "Congratulations, you are now a registered user!",
            "Outgoing email is not set up here: the email that confirms your address was printed on the server's "
            "console.",
        ]
        assert client.get("/").status_code == 200
        assert deliver() == [CONFIRM]

    def test_new_user_sees_what_missing_mail_means(self, client, settings):
        settings.MAIL_GOES_TO = "nowhere"
        response = client.post("/auth/register", REGISTRATION)
        assert said(response) == [
            "Congratulations, you are now a registered user!",
            "This site does not send email. If you forget your password, only its operator can help you.",
        ]

    @pytest.mark.parametrize(
        ("goes_to", "words"),
        [("nowhere", "so no email was sent"), ("console", "was printed on the server's console")],
    )
    def test_reset_resend_and_change_say_that_and_nothing_else(self, client, settings, susan, goes_to, words):
        settings.MAIL_GOES_TO = goes_to
        for path in ("/auth/reset_password_request", "/auth/confirm_email"):
            [text] = said(Client().post(path, {"email": "a@example.com"}))
            assert words in text
        page = client.get("/auth/confirm_email").content.decode()
        assert words in page.replace("&#x27;", "'") and "Check your email" not in page
        settings.ACCOUNT_REAUTHENTICATION_REQUIRED = False
        client.force_login(susan)
        [text] = said(client.post("/auth/email", {"action": "change", "email": "new@example.com"}))
        assert words in text

    def test_taken_email_address_is_reported(self, client, susan):
        response = client.post("/auth/register", REGISTRATION | {"username": "other"})
        assert response.context["form"].errors == {"email": ["Please use a different email address."]}

    def test_member_can_confirm_later(self, client):
        client.post("/auth/register", REGISTRATION)
        assert "not confirmed yet" in client.get("/auth/email").content.decode()
        client.post("/auth/email", {"action": "resend"})
        deliver()
        assert said(client.post(link_in(mail.outbox[0])))[-1] == "Congratulations, you are now a registered user!"
        assert "not confirmed yet" not in client.get("/auth/email").content.decode()


class TestChangeOfAddress:
    @pytest.fixture(autouse=True)
    def signed_in(self, client, settings, susan):
        settings.ACCOUNT_REAUTHENTICATION_REQUIRED = False
        client.force_login(susan)

    def change(self, client, email="new@example.com"):
        return client.post("/auth/email", {"action": "change", "email": email})

    def test_both_email_addresses_are_notified_and_the_old_one_works_until_confirmation(
        self, client, susan, client_of_another
    ):
        assert self.change(client, "New@Example.com")["Location"] == "/auth/email"
        assert deliver() == [
            ("Your email address is about to change", ["susan@example.com"]),
            ("Confirm your new email address", ["new@example.com"]),
        ]
        susan.refresh_from_db()
        assert susan.email == "susan@example.com"
        assert "It changes to new@example.com" in client.get("/auth/email").content.decode()
        response = client.post(link_in(mail.outbox[1]))
        assert (response["Location"], said(response)[-1]) == ("/", "Your new email address is confirmed.")
        susan.refresh_from_db()
        assert susan.email == "new@example.com"
        assert sorted(deliver()) == [
            ("Your email address was changed", ["new@example.com"]),
            ("Your email address was changed", ["susan@example.com"]),
        ]
        assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
            ("new@example.com", True, True)
        ]
        old = {"login": "susan@example.com", "password": SIGN_IN["password"]}
        assert client_of_another.post("/auth/login", old).status_code == 200
        assert client_of_another.post("/auth/login", old | {"login": "new@example.com"}).status_code == 302

    def test_needs_fresh_authentication(self, client, susan, settings):
        settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
        age_sessions()
        assert self.change(client)["Location"].startswith("/auth/reauthenticate?next=")
        assert not EmailAddress.objects.filter(email="new@example.com").exists()

    def test_reset_mail_goes_to_the_old_email_address_until_confirmation(self, client, susan, client_of_another):
        self.change(client)
        deliver()
        for address in ("new@example.com", "susan@example.com"):
            client_of_another.post("/auth/reset_password_request", {"email": address})
        assert deliver() == [("Reset Your Password", ["susan@example.com"])]

    def test_change_can_be_requested_again_and_cancelled(self, client, susan):
        links = []
        for address in ("first@example.com", "second@example.com"):
            self.change(client, address)
            deliver()
            links.append(link_in(mail.outbox[1]))
        assert "no longer works" in client.get(links[0]).content.decode()
        client.post("/auth/email", {"action": "cancel"})
        assert "no longer works" in client.post(links[1]).content.decode()
        susan.refresh_from_db()
        assert susan.email == "susan@example.com"

    def test_mail_can_be_sent_again(self, client, susan):
        self.change(client)
        deliver()
        client.post("/auth/email", {"action": "resend"})
        assert deliver() == [("Confirm your new email address", ["new@example.com"])]

    @pytest.mark.parametrize(
        ("email", "message"),
        [("SUSAN@example.com", "This is already your email address."), ("nonsense", "Enter a valid email address.")],
    )
    def test_invalid_email_address_shows_error_next_to_the_field(self, client, email, message):
        assert self.change(client, email).context["form"].errors == {"email": [message]}

    def test_taken_email_address_is_reported_where_verification_is_optional(self, client):
        UserFactory(email="bob@example.com")
        form = self.change(client, "bob@example.com").context["form"]
        assert form.errors == {"email": ["Please use a different email address."]}

    @pytest.mark.usefixtures("mandatory")
    def test_only_its_owner_learns_that_an_address_is_taken(self, client):
        UserFactory(email="bob@example.com")
        taken, free = self.change(client, "bob@example.com"), self.change(client, "free@example.com")
        assert (taken.status_code, taken["Location"]) == (free.status_code, free["Location"])
        sent = deliver()
        assert ("You already have an account", ["bob@example.com"]) in sent
        assert ("Confirm your new email address", ["bob@example.com"]) not in sent

    @pytest.mark.usefixtures("mandatory")
    def test_mail_sent_again_for_a_taken_email_address_has_no_link(self, client):
        UserFactory(email="bob@example.com")
        self.change(client, "bob@example.com")
        deliver()
        response = client.post("/auth/email", {"action": "resend"})
        assert (response.status_code, response["Location"]) == (302, "/auth/email")
        assert deliver() == [("You already have an account", ["bob@example.com"])]

    def test_mail_sent_again_after_another_account_took_the_email_address_has_no_link(self, client):
        self.change(client)
        deliver()
        UserFactory(email="new@example.com")
        client.post("/auth/email", {"action": "resend"})
        assert deliver() == [("You already have an account", ["new@example.com"])]

    def test_email_address_taken_before_confirmation_is_refused(self, client, susan):
        self.change(client)
        deliver()
        UserFactory(email="new@example.com")
        response = client.post(link_in(mail.outbox[1]))
        assert said(response)[-1] == "This email address now belongs to another account."
        susan.refresh_from_db()
        assert susan.email == "susan@example.com"

    def test_another_signed_in_user_stays_signed_in(self, client, susan, client_of_another):
        self.change(client)
        deliver()
        bob = UserFactory()
        client_of_another.force_login(bob)
        client_of_another.get(link_in(mail.outbox[1]))
        client_of_another.post(link_in(mail.outbox[1]))
        assert client_of_another.get("/").wsgi_request.user == bob


@pytest.mark.usefixtures("mandatory")
class TestUnconfirmedAccounts:
    def test_go_in_time_with_their_names_and_no_others(self, client, susan):
        client.post("/auth/register", REGISTRATION | {"username": "newcomer", "email": "newcomer@example.com"})
        client.post("/auth/register", REGISTRATION | {"username": "standin"})
        made_otherwise = UserFactory()
        delete_unconfirmed()
        assert User.objects.count() == 4
        long_ago = timezone.now() - timedelta(days=30)
        User.objects.update(created_at=long_ago, last_seen=long_ago)
        assert not delete_unconfirmed()
        assert set(User.objects.all()) == {susan, made_otherwise}
        assert set(Username.objects.values_list("key", flat=True)) == {"susan", made_otherwise.username}

    def test_stay_where_they_were_used(self, client):
        client.post("/auth/register", REGISTRATION)
        long_ago = timezone.now() - timedelta(days=30)
        for fact in ({"last_login": long_ago}, {"post_count": 1}, {"follower_count": 1}, {"is_staff": True}):
            User.objects.update(created_at=long_ago, last_seen=long_ago)
            User.objects.update(last_login=None, post_count=0, follower_count=0, is_staff=False)
            User.objects.update(**fact)
            delete_unconfirmed()
            assert User.objects.exists(), fact

    def test_stay_where_accounts_open_without_confirming(self, client, settings):
        client.post("/auth/register", REGISTRATION)
        User.objects.update(created_at=timezone.now() - timedelta(days=30))
        settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
        delete_unconfirmed()
        assert User.objects.exists()
