"""Reports in the API."""

import pytest

from accounts.services import suspend_user
from moderation.models import Rule
from posts.tests.factories import PostFactory
from relationships.services import block_user
from tests.helpers.clients import item_ids, send

pytestmark = pytest.mark.django_db


class TestReports:
    def test_report_is_created_and_read(self, as_ana, as_bob, bob):
        post = PostFactory(author=bob)
        rule = as_ana.get("/api/rules").json()["items"][0]["id"]
        data = {"about": "post", "about_id": post.pk, "rule": rule, "comment": "Look"}
        made = send(as_ana, "POST", "/api/reports", data)
        assert (made.status_code, made.json()["state"], made.json()["comment"]) == (201, "open", "Look")
        assert as_ana.get(made["Location"]).json() == made.json()
        assert item_ids(as_ana.get("/api/reports")) == [made.json()["id"]]
        assert as_bob.get(made["Location"]).status_code == 404

    def test_invisible_content_cannot_be_reported(self, as_ana, ana, bob):
        post = PostFactory(author=bob)
        block_user(ana, actor=bob)
        data = {"about": "post", "about_id": post.pk, "rule": Rule.objects.in_force()[0].pk}
        assert send(as_ana, "POST", "/api/reports", data).status_code == 404
        suspend_user(bob, actor=ana)
        data = {"about": "person", "about_id": bob.pk, "rule": Rule.objects.in_force()[0].pk}
        assert send(as_ana, "POST", "/api/reports", data).status_code == 404

    def test_reporting_yourself_is_refused(self, as_ana, ana):
        data = {"about": "person", "about_id": ana.pk, "rule": Rule.objects.in_force()[0].pk}
        assert send(as_ana, "POST", "/api/reports", data).status_code == 400
