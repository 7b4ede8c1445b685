"""Conversations and notifications in the API."""

import pytest

from accounts.tests.factories import UserFactory
from messaging.conversations.services import send_message
from relationships.services import block_user
from tests.helpers.clients import item_ids, send

pytestmark = pytest.mark.django_db


class TestMessages:
    def test_two_users_exchange_messages(self, as_ana, as_bob, ana, bob):
        sent = send(as_ana, "POST", f"/api/users/{bob.pk}/messages", {"body": "Hello"})
        assert sent.status_code == 201
        (conversation,) = as_bob.get("/api/conversations").json()["items"]
        assert (conversation["person"]["username"], conversation["unread_count"]) == ("ana", 1)
        assert conversation["last_message"] == sent.json()
        assert as_bob.get("/api/account").json()["unread_message_count"] == 1
        links = conversation["_links"]
        assert item_ids(as_bob.get(links["messages"])) == [sent.json()["id"]]
        newer = send(as_ana, "POST", f"/api/users/{bob.pk}/messages", {"body": "There?"}).json()["id"]
        read = f"{links['self']}/read"
        assert send(as_bob, "PUT", read, {"upto": sent.json()["id"]}).status_code == 409
        assert send(as_bob, "PUT", read, {"upto": newer}).status_code == 204
        assert as_bob.get(links["self"]).json()["unread_count"] == 0
        assert as_bob.delete(links["self"]).status_code == 400
        assert as_bob.delete(f"{links['self']}?upto={sent.json()['id']}").status_code == 400
        assert as_bob.delete(f"{links['self']}?upto={newer}").status_code == 204
        assert as_bob.get(links["messages"]).status_code == 404
        assert len(item_ids(as_ana.get("/api/conversations"))) == 1

    def test_other_users_cannot_read_it(self, as_ana, bob):
        send_message(bob, sender=UserFactory(), body="Between us")
        pk = bob.participations.get().conversation_id
        for path in ("", "/messages"):
            assert as_ana.get(f"/api/conversations/{pk}{path}").status_code == 404

    def test_blocked_user_cannot_send(self, as_ana, ana, bob):
        block_user(ana, actor=bob)
        assert send(as_ana, "POST", f"/api/users/{bob.pk}/messages", {"body": "x"}).status_code == 404
