"""Text that is not public yet, and text that expires."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from accounts.models import User
from accounts.services import confirm_current_email, request_deletion, verify_email
from accounts.tasks import delete_account
from accounts.tests.factories import UserFactory
from moderation.models import Appeal, Case
from moderation.services.cases import delete_old_evidence
from moderation.services.decisions import appeal, decide_about, decide_appeal
from moderation.tests.factories import a_rule, make_moderator
from tests.helpers.mail import deliver, link_in

pytestmark = pytest.mark.django_db

PASSWORD = "measures twice"
ACCOUNT = {"username": "susan", "email": "susan@example.com", "password": PASSWORD, "about_me": "Buy my watches."}


class TestUnconfirmedProfile:
    @pytest.fixture(autouse=True)
    def _mandatory(self, settings):
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        settings.MAIL_GOES_TO = "mailbox"

    @pytest.fixture
    def newcomer(self, client):
        answer = client.post("/api/users", ACCOUNT, content_type="application/json")
        assert answer.json()["about_me"] == "Buy my watches."
        return User.objects.get(username="susan")

    @pytest.fixture
    def owner(self, client, newcomer, basic):
        token = client.post("/api/tokens", headers=basic).json()["token"]
        return {"Authorization": f"Bearer {token}"}

    @pytest.fixture
    def basic(self):
        return {"Authorization": "Basic c3VzYW46bWVhc3VyZXMgdHdpY2U="}

    def seen_by_others(self, client):
        client.force_login(User.objects.filter(username="reader").first() or UserFactory(username="reader"))
        pages = ["/user/susan", "/user/susan/popup", "/search?q=watches&type=people"]
        return [page for page in pages if "Buy my watches." in client.get(page).content.decode()]

    def test_others_cannot_read_its_text(self, client, newcomer):
        assert self.seen_by_others(client) == []

    def test_owner_can_read_and_change_its_text(self, client, newcomer, owner):
        assert client.get("/api/account", headers=owner).json()["about_me"] == "Buy my watches."
        change = {"about_me": "Buy my watches. Cheap."}
        answer = client.put(f"/api/users/{newcomer.pk}", change, headers=owner, content_type="application/json")
        assert answer.json()["about_me"] == "Buy my watches. Cheap."
        assert client.get("/api/account", headers=owner).json()["about_me"] == "Buy my watches. Cheap."
        assert self.seen_by_others(client) == []

    def test_text_is_published_with_the_confirmation_by_link(self, client, newcomer):
        deliver()
        client.post(link_in(mail.outbox[0]), {"password": PASSWORD})
        assert "/user/susan" in self.seen_by_others(client)

    @pytest.mark.parametrize("confirm", [confirm_current_email, lambda user: verify_email(user, actor="ops")])
    def test_text_is_published_with_any_other_confirmation(self, client, newcomer, confirm):
        confirm(newcomer)
        assert self.seen_by_others(client)[:2] == ["/user/susan", "/user/susan/popup"]
        assert EmailAddress.objects.get(user=newcomer).verified


class TestAppeals:
    @pytest.fixture
    def written(self):
        bob = UserFactory(username="bob")
        decision = decide_about(bob, action="warn", actor=make_moderator(), rule=a_rule(), reason="Spam.", until=None)
        return appeal(decision, actor=bob, text="I have a sick mother.")

    def test_text_of_an_appeal_expires_with_the_evidence(self, written):
        decide_appeal(written, actor=make_moderator(), is_granted=False, reason="No.")
        delete_old_evidence()
        assert Appeal.objects.get().text
        Case.objects.update(closed_at=timezone.now() - timedelta(days=31))
        delete_old_evidence()
        assert Appeal.objects.get().text == ""

    def test_text_of_an_appeal_is_deleted_with_the_account(self, written):
        bob = written.decision.person
        request_deletion(bob, actor=bob)
        while User.objects.filter(pk=bob.pk).exists():
            delete_account(bob.pk)
        assert Appeal.objects.get().text == ""
