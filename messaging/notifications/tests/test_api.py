"""Conversations and notifications in the API."""

import pytest

from jobs.worker import run_due_everywhere
from relationships.services import follow_user, mute_user
from tests.helpers.clients import item_ids, send

pytestmark = pytest.mark.django_db


class TestNotifications:
    def test_notifications_are_told_in_words_and_read(self, as_ana, ana, bob):
        follow_user(ana, actor=bob)
        run_due_everywhere()
        (told,) = as_ana.get("/api/notifications").json()["items"]
        assert (told["kind"], told["text"], told["read_at"]) == ("followed", "bob followed you", None)
        assert told["actor"]["username"] == "bob"
        assert send(as_ana, "PUT", "/api/notifications/read", {"upto": told["id"]}).status_code == 204
        assert as_ana.get("/api/notifications").json()["items"][0]["read_at"] is not None
        assert as_ana.get("/api/account").json()["unread_notification_count"] == 0

    def test_muted_people_tell_nothing(self, as_ana, ana, bob):
        mute_user(bob, actor=ana)
        follow_user(ana, actor=bob)
        run_due_everywhere()
        assert item_ids(as_ana.get("/api/notifications")) == []
