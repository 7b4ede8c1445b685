import json
import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from messaging.conversations.services import send_message
from messaging.models import Notification
from messaging.notifications.services import notify
from relationships.services import follow_user
from tests.helpers.messages import BROWSER, count_queries, text_of

pytestmark = pytest.mark.django_db

Kind = Notification.Kind


class TestNotifications:
    def test_page_shows_texts_and_links_of_all_kinds(self, ana_client, ana, bob):
        followers = [UserFactory() for _ in range(3)]
        for follower in [bob, *followers]:
            follow_user(ana, actor=follower)
        for kind in Kind.values:
            if kind not in (Kind.FOLLOWED, Kind.TASK_PROGRESS):
                payload = {"name": "octocat/hello", "opened": [1], "closed": [2, 3], "others": 11}
                notify(
                    ana,
                    kind=kind,
                    key="7",
                    payload=payload,
                    actor=bob if kind in (Kind.MENTIONED, Kind.REPLIED, Kind.LIKED) else None,
                )
        response = ana_client.get("/notifications", headers=BROWSER)
        shown = text_of(response)
        assert f"<bdi>{followers[-1]}</bdi></strong> and 3 others followed you" in shown
        assert "<bdi>bob</bdi></strong> mentioned you" in shown
        assert "<bdi>bob</bdi></strong> and 11 others liked your post" in shown
        assert "Issues of <strong><bdi>octocat/hello</bdi></strong>: 1 new, 2 closed" in shown
        assert len(response.context["groups"]) == len(Kind) - 1
        assert (
            ana_client.get(f"/notifications/{Notification.objects.get(kind=Kind.MENTIONED).pk}")["Location"]
            == "/post/7"
        )

    def test_badges_of_unread_rows_add_up_to_the_badge_in_the_header(self, ana_client, ana, bob):
        for follower in [bob, UserFactory(), UserFactory()]:
            follow_user(ana, actor=follower)
        notify(ana, kind=Kind.MENTIONED, key="7", actor=bob)
        shown = text_of(ana_client.get("/notifications", headers=BROWSER))
        assert re.findall(r'class="mb-badge">\s*([^<]*?)\s*<', shown) == ["New", "3 new"]
        ana.refresh_from_db()
        assert ana.unread_notification_count == 4

    def test_opening_a_notification_marks_it_as_read(self, ana_client, ana, bob):
        follow_user(ana, actor=bob)
        notification = Notification.objects.get()
        assert ana_client.get(f"/notifications/{notification.pk}")["Location"] == "/user/ana/followers"
        ana.refresh_from_db()
        assert ana.unread_notification_count == 0
        assert "Mark as read" not in text_of(ana_client.get("/notifications", headers=BROWSER))

    def test_notifications_are_marked_as_read_singly_or_all_at_once(self, ana_client, ana):
        notifications = [notify(ana, kind=Kind.DECISION, key=str(n)) for n in range(3)]
        ana_client.post(f"/notifications/{notifications[1].pk}/read")
        assert [row.read_at is None for row in Notification.objects.order_by("pk")] == [True, False, True]
        assert ana_client.post("/notifications/read", {"upto": notifications[2].pk})["Location"] == "/notifications"
        assert not Notification.objects.unread()

    def test_notifications_of_others_are_not_found(self, ana_client, bob):
        notification = notify(bob, kind=Kind.DECISION)
        assert ana_client.get(f"/notifications/{notification.pk}").status_code == 404
        assert ana_client.post(f"/notifications/{notification.pk}/read").status_code == 404
        ana_client.post("/notifications/read", {"upto": notification.pk})
        assert Notification.objects.unread().count() == 1

    def test_page_needs_the_same_queries_with_one_and_twenty_rows(self, ana_client, ana):
        User.objects.update(last_seen=timezone.now())
        counts = []
        for more in (1, 19):
            for _ in range(more):
                follow_user(ana, actor=UserFactory())
                notify(ana, kind=Kind.MENTIONED, key=str(uuid.uuid4()), actor=UserFactory())
            counts.append(count_queries(ana_client, "/notifications"))
        assert counts == [2, 2]

    def test_read_followers_are_grouped_by_day(self, ana_client, ana):
        for age in (0, 0, 3):
            follower = UserFactory()
            follow_user(ana, actor=follower)
            Notification.objects.filter(actor=follower).update(
                created_at=timezone.now() - timedelta(days=age), read_at=timezone.now()
            )
        groups = ana_client.get("/notifications", headers=BROWSER).context["groups"]
        assert sorted(len(group.notifications) for group in groups) == [1, 2]


class TestPoll:
    def poll(self, client, since=None):
        response = client.get("/notifications", {"since": since} if since is not None else {})
        assert response["Content-Type"] == "application/json"
        return json.loads(response.content)

    def test_two_messages_are_one_item_until_they_are_read(self, ana_client, ana, bob):
        assert self.poll(ana_client) == []
        for _ in range(2):
            send_message(ana, sender=bob, body="Hi.")
        (item,) = self.poll(ana_client, 0)
        assert item == {"name": "unread_message_count", "data": 2, "timestamp": item["timestamp"]}
        assert abs(item["timestamp"] - timezone.now().timestamp()) < 60
        assert self.poll(ana_client, repr(item["timestamp"])) == []
        ana_client.get("/messages/bob")
        (later,) = self.poll(ana_client, repr(item["timestamp"]))
        assert later["data"] == 0 and later["timestamp"] > item["timestamp"]

    def test_changes_are_sorted_by_time(self, ana_client, ana, bob):
        notify(ana, kind=Kind.TASK_PROGRESS, key="t1", payload={"task_id": "t1", "progress": 40})
        follow_user(ana, actor=bob)
        send_message(ana, sender=bob, body="Hi.")
        items = self.poll(ana_client, 0)
        assert [(item["name"], item["data"]) for item in items] == [
            ("unread_notification_count", 1),
            ("task_progress", {"task_id": "t1", "progress": 40}),
            ("unread_message_count", 1),
        ]
        assert [item["timestamp"] for item in items] == sorted(item["timestamp"] for item in items)

    @pytest.mark.parametrize("since", ["", "x", "nan", "-5", "1e3", "-inf"])
    def test_invalid_time_returns_all_changes(self, ana_client, ana, bob, since):
        send_message(ana, sender=bob, body="Hi.")
        assert len(self.poll(ana_client, since)) == 1

    def test_poll_without_changes_needs_no_query_but_the_users(self, ana_client, ana, bob):
        User.objects.update(last_seen=timezone.now())
        send_message(ana, sender=bob, body="Hi.")
        follow_user(ana, actor=bob)
        for since, expected in [("0", 2), ("1e12", 1)]:
            assert count_queries(ana_client, f"/notifications?since={since}") == expected

    def test_poll_without_a_session_redirects_without_a_message(self, client):
        response = client.get("/notifications?since=0")
        assert response["Location"].startswith("/auth/login?next=")
        assert not response.cookies
        client.get("/notifications", headers=BROWSER)
        assert "Please log in to access this page." in text_of(client.get("/auth/login"))


class TestSettings:
    @pytest.fixture
    def save(self, ana_client):
        def save(*kinds):
            return ana_client.post("/settings/notifications", {"kinds": kinds, "submit": "Save"}, follow=True)

        return save

    def test_all_optional_kinds_are_checked_at_first(self, ana_client):
        page = text_of(ana_client.get("/settings/notifications"))
        boxes = re.findall(r'<input type="checkbox" name="kinds" value="(\w+)"[^>]*\bchecked>', page)
        assert boxes == [*Notification.OPTIONAL]

    @pytest.mark.parametrize("kinds", [(), (Kind.LIKED,), Notification.OPTIONAL])
    def test_choice_is_saved_and_shown(self, ana, save, kinds):
        for _twice in range(2):
            response = save(*kinds)
            assert response.redirect_chain == [("/settings/notifications", 302)]
            page = text_of(response)
            assert "Your changes have been saved." in page
            assert re.findall(r'value="(\w+)"[^>]*\bchecked>', page) == [*kinds]
            assert {*ana.silenced_kinds.values_list("kind", flat=True)} == {*Notification.OPTIONAL} - {*kinds}

    @pytest.mark.parametrize("forged", ["decision", "nothing", "", "\0", "x" * 5000])
    def test_kind_that_is_not_offered_is_refused(self, ana, save, forged):
        response = save("liked", forged)
        assert response.status_code == 200
        assert "Select a valid choice." in text_of(response)
        assert not ana.silenced_kinds.exists()
