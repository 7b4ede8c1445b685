"""Conversations and notifications in the API."""

import pytest

from jobs.worker import run_due_everywhere
from relationships.services import follow_user, mute_user
from tests.helpers.clients import item_ids, send

pytestmark = pytest.mark.django_db


class TestNotifications:
    def test_notifications_are_listed_with_texts_and_marked_as_read(self, as_ana, ana, bob):
        follow_user(ana, actor=bob)
        run_due_everywhere()
        (listed,) = as_ana.get("/api/notifications").json()["items"]
        assert (listed["kind"], listed["text"], listed["read_at"]) == ("followed", "bob followed you", None)
        assert listed["actor"]["username"] == "bob"
        assert send(as_ana, "PUT", "/api/notifications/read", {"upto": listed["id"]}).status_code == 204
        assert as_ana.get("/api/notifications").json()["items"][0]["read_at"] is not None
        assert as_ana.get("/api/account").json()["unread_notification_count"] == 0

    def test_muted_users_do_not_notify(self, as_ana, ana, bob):
        mute_user(bob, actor=ana)
        follow_user(ana, actor=bob)
        run_due_everywhere()
        assert item_ids(as_ana.get("/api/notifications")) == []
