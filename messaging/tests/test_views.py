import json
import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from messaging.models import Message, Notification, Participant
from messaging.services import delete_conversation, notify, send_message
from relationships.services import block_user, follow_user

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
Kind = Notification.Kind


def text_of(response):
    return response.content.decode()


def badge(person):
    person.refresh_from_db()
    return person.unread_message_count


def count_queries(client, url):
    with CaptureQueriesContext(connection) as context:
        response = client.get(url, headers=BROWSER)
    assert response.status_code == 200
    bounds = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return len([query for query in context.captured_queries if not query["sql"].startswith(bounds)])


class TestSending:
    def test_profile_of_others_leads_to_the_form_and_back(self, ana_client, bob):
        assert 'href="/send_message/bob"' in text_of(ana_client.get("/user/bob"))
        assert "/send_message/" not in text_of(ana_client.get("/user/ana"))
        assert "Send Message to bob" in text_of(ana_client.get("/send_message/bob"))
        response = ana_client.post("/send_message/bob", {"body": "Hi."}, follow=True)
        assert response.redirect_chain == [("/user/bob", 302)]
        assert "Your message has been sent." in text_of(response)
        assert badge(bob) == 1

    def test_answer_stays_in_the_thread(self, ana_client, ana, bob):
        send_message(ana, sender=bob, body="Hi.")
        response = ana_client.post("/messages/BOB", {"body": "Hi yourself."}, follow=True)
        assert response.redirect_chain == [("/messages/bob", 302)]
        assert "Hi yourself." in text_of(response)

    def test_form_sent_twice_sends_one_message(self, ana_client, bob):
        form = {"body": "Hi.", "submission_key": str(uuid.uuid4())}
        for _ in range(2):
            assert ana_client.post("/messages/bob", form).status_code == 302
        assert Message.objects.count() == badge(bob) == 1

    @pytest.mark.parametrize("path", ["/", "/messages/bob", "/send_message/bob"])
    def test_key_of_a_form_is_neither_shown_nor_restored_by_the_browser(self, ana_client, bob, path):
        field = re.search(r'<input[^>]*name="submission_key"[^>]*>', text_of(ana_client.get(path)))[0]
        assert {"hidden", 'autocomplete="off"'} <= set(field.strip("<>").split())
        # HTML: an input of the type hidden must not have autocomplete="off".
        assert 'type="hidden"' not in field

    @pytest.mark.parametrize("path", ["/messages/bob", "/send_message/bob"])
    def test_form_that_back_restored_sends_what_it_holds_now(self, ana_client, bob, path):
        key = str(uuid.uuid4())
        for body in ("one", "two"):
            assert ana_client.post(path, {"body": body, "submission_key": key}).status_code == 302
        assert [message.body for message in Message.objects.order_by("pk")] == ["one", "two"]

    @pytest.mark.parametrize("body", ["", "x" * 141, "\u200b", "Z" + "\u0316" * 9])
    def test_refused_text_stays_in_the_form(self, ana_client, bob, body):
        for path in ("/messages/bob", "/send_message/bob"):
            response = ana_client.post(path, {"body": body})
            assert "has-error" in text_of(response)
            assert response.context["form"]["body"].value() == body
        assert not Message.objects.exists()

    @pytest.mark.parametrize(
        ("refuse", "why"),
        [
            (lambda ana, bob: block_user(ana, actor=bob), "bob has blocked you"),
            (lambda ana, bob: block_user(bob, actor=ana), "You have blocked bob"),
            (lambda ana, bob: suspend_user(bob, actor="staff"), "is closed"),
        ],
    )
    def test_refusal_says_why_and_shows_no_more_of_who_is_not_seen(self, ana_client, ana, bob, refuse, why):
        send_message(ana, sender=bob, body="the secret of bob")
        refuse(ana, bob)
        for path in ("/messages/bob", "/send_message/bob"):
            shown = text_of(ana_client.post(path, {"body": "typed at length"}))
            assert why in shown and "typed at length" in shown and "the secret of bob" not in shown
            # What bob wrote stays hers where he blocks her, so that she can report it.
            stays = path == "/messages/bob" and why == "bob has blocked you"
            assert ana_client.get(path).status_code == (200 if stays else 404)
        assert ("bob" in text_of(ana_client.get("/messages"))) is (why == "bob has blocked you")

    def test_nobody_writes_to_themselves(self, ana_client):
        response = ana_client.get("/messages/ana", follow=True)
        assert response.redirect_chain == [("/messages", 302)]
        assert "You cannot write to yourself." in text_of(response)
        assert "You cannot write to yourself." in text_of(ana_client.post("/send_message/ana", {"body": "Hi me."}))

    def test_only_so_many_are_sent(self, ana_client, bob, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "send_message": "2/10m/user"}
        answers = [ana_client.post("/messages/bob", {"body": "Hi."}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [302, 302, 200]
        assert "many messages" in text_of(answers[2])

    @pytest.mark.parametrize("path", ["/messages/bob", "/send_message/bob"])
    def test_what_was_typed_survives_the_end_of_the_session_and_is_offered_nowhere_else(self, client, bob, path):
        ana = UserFactory(username="ana")
        response = client.post(path, {"body": "for bob alone"})
        assert response["Location"] == f"/auth/login?next={path}"
        client.force_login(ana)
        assert "for bob alone" not in text_of(client.get("/"))
        page = client.get(path)
        assert page.context["form"]["body"].value() == "for bob alone"
        client.post(path, {"body": "for bob alone"})
        assert page.context["form"]["body"].value() and client.get(path).context["form"]["body"].value() == ""


class TestThread:
    def test_opening_it_reads_it_and_shows_where_the_new_begins(self, ana_client, ana, bob):
        send_message(ana, sender=bob, body="seen before")
        ana_client.get("/messages/bob")
        send_message(ana, sender=bob, body="not seen")
        assert badge(ana) == 1
        shown = text_of(ana_client.get("/messages/bob"))
        assert shown.index("seen before") < shown.index("New messages") < shown.rindex("not seen")
        assert badge(ana) == 0
        assert '<span class="badge" id="message_count" hidden>0</span>' in shown
        assert "New messages" not in text_of(ana_client.get("/messages/bob"))

    def test_asking_for_its_head_reads_nothing(self, ana_client, ana, bob):
        send_message(ana, sender=bob, body="Hi.")
        ana_client.head("/messages/bob")
        assert badge(ana) == 1

    def test_older_messages_are_paged_both_ways(self, ana_client, ana, bob, settings):
        settings.POSTS_PER_PAGE = 2
        for n in range(5):
            send_message(ana, sender=bob, body=f"number {n}")
        newest = ana_client.get("/messages/bob")
        assert [message.body for message in newest.context["page"].items] == ["number 4", "number 3"]
        older = ana_client.get("/messages/bob" + newest.context["page"].older)
        assert [message.body for message in older.context["page"].items] == ["number 2", "number 1"]
        assert older.context["page"].newer

    def test_former_name_leads_to_the_thread(self, ana_client, ana, bob):
        bob.usernames.create(key="robert")
        send_message(ana, sender=bob, body="Hi.")
        assert ana_client.get("/messages/robert", follow=True).redirect_chain == [("/messages/bob", 301)]

    def test_what_is_written_stays_text(self, ana_client, ana, bob):
        send_message(ana, sender=bob, body='<script>alert(1)</script> javascript:alert(2) https://example.org/"x')
        shown = text_of(ana_client.get("/messages/bob"))
        assert "<script>alert" not in shown and 'href="javascript' not in shown
        assert 'href="https://example.org/' in shown

    def test_url_ends_where_it_ends_in_posts(self, ana_client, ana, bob):
        send_message(ana, sender=bob, body="*https://x.org/e*: https://my_blog.example.com/\u200bx")
        shown = text_of(ana_client.get("/messages/bob"))
        assert re.findall(r'href="(https://[^"]+)"', shown) == ["https://x.org/e", "https://my_blog.example.com/"]

    def test_deleting_asks_and_keeps_the_other_side(self, ana_client, client, ana, bob):
        send_message(ana, sender=bob, body="Hi.")
        upto = Message.objects.get().pk
        assert "bob keeps their side" in text_of(ana_client.get("/messages/bob/delete"))
        assert ana_client.post("/messages/bob/delete", {"upto": upto})["Location"] == "/messages"
        assert "Hi." not in text_of(ana_client.get("/messages/bob"))
        assert ana_client.get("/messages/bob/delete").status_code == 404
        client.force_login(bob)
        assert "Hi." in text_of(client.get("/messages/ana"))

    def test_message_that_came_while_one_was_asked_is_not_deleted(self, ana_client, ana, bob):
        upto = send_message(ana, sender=bob, body="Hi.").pk
        send_message(ana, sender=bob, body="One more thing.")
        response = ana_client.post("/messages/bob/delete", {"upto": upto}, follow=True)
        assert "Please read it" in text_of(response) and "One more thing." in text_of(response)

    def test_list_and_thread_cost_the_same_for_one_and_for_fifty(self, ana_client, ana, bob, settings):
        settings.POSTS_PER_PAGE = 60
        User.objects.update(last_seen=timezone.now())
        counts = {"/messages": [], "/messages/bob": []}
        for more in (1, 49):
            for _ in range(more):
                send_message(ana, sender=bob, body="Hi.")
                send_message(ana, sender=UserFactory(), body="Hi.")
            for path, found in counts.items():
                found.append(count_queries(ana_client, path))
        assert counts == {"/messages": [3, 3], "/messages/bob": [6, 6]}

    def test_thread_below_the_latest_conversations_costs_no_more(self, ana_client, ana, bob, settings):
        settings.POSTS_PER_PAGE = 3
        send_message(ana, sender=bob, body="Hi.")
        for _ in range(5):
            send_message(ana, sender=UserFactory(), body="Hi.")
        assert count_queries(ana_client, "/messages/bob") == 6
        response = ana_client.get("/messages/bob")
        assert len(response.context["conversations"]) == 3
        assert bob not in [row.other for row in response.context["conversations"]]

    def test_thread_with_nobody_yet_costs_less(self, ana_client, bob):
        assert count_queries(ana_client, "/messages/bob") == 4


class TestConversations:
    def test_latest_first_with_what_is_unread(self, ana_client, ana, bob):
        carl = UserFactory(username="carl")
        for sender in (bob, carl, bob):
            send_message(ana, sender=sender, body="Hi.")
        rows = ana_client.get("/messages").context["conversations"]
        assert [(row.other, row.unread_count) for row in rows] == [(bob, 2), (carl, 1)]
        assert "2 unread messages" in text_of(ana_client.get("/messages"))

    def test_own_last_message_is_marked_as_own(self, ana_client, ana, bob):
        send_message(bob, sender=ana, body="See you.")
        assert "You:" in text_of(ana_client.get("/messages"))
        send_message(ana, sender=bob, body="Bye.")
        assert "You:" not in text_of(ana_client.get("/messages"))

    def test_deleted_conversation_is_not_listed(self, ana_client, ana, bob):
        message = send_message(ana, sender=bob, body="Hi.")
        delete_conversation(Participant.objects.get(user=ana), upto=message.pk)
        assert "Nobody has written to you yet" in text_of(ana_client.get("/messages"))

    def test_they_are_paged(self, ana_client, ana, settings):
        settings.POSTS_PER_PAGE = 2
        for _ in range(3):
            send_message(ana, sender=UserFactory(), body="Hi.")
        first = ana_client.get("/messages").context["page"]
        second = ana_client.get("/messages" + first.older).context["page"]
        assert [len(first.items), len(second.items)] == [2, 1]


class TestNotifications:
    def test_page_says_what_happened_and_leads_there(self, ana_client, ana, bob):
        followers = [UserFactory() for _ in range(3)]
        for follower in [bob, *followers]:
            follow_user(ana, actor=follower)
        for kind in Kind.values:
            if kind not in (Kind.FOLLOWED, Kind.TASK_PROGRESS):
                notify(ana, kind=kind, key="7", actor=bob if kind == Kind.MENTIONED else None)
        response = ana_client.get("/notifications", headers=BROWSER)
        shown = text_of(response)
        assert f"<bdi>{followers[-1]}</bdi></strong> and 3 others followed you" in shown
        assert "<bdi>bob</bdi></strong> mentioned you" in shown
        assert len(response.context["entries"]) == len(Kind) - 1
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

    def test_opening_one_reads_it(self, ana_client, ana, bob):
        follow_user(ana, actor=bob)
        told = Notification.objects.get()
        assert ana_client.get(f"/notifications/{told.pk}")["Location"] == "/user/ana/followers"
        ana.refresh_from_db()
        assert ana.unread_notification_count == 0
        assert "Mark as read" not in text_of(ana_client.get("/notifications", headers=BROWSER))

    def test_they_are_read_one_by_one_or_all_at_once(self, ana_client, ana):
        told = [notify(ana, kind=Kind.DECISION, key=str(n)) for n in range(3)]
        ana_client.post(f"/notifications/{told[1].pk}/read")
        assert [row.read_at is None for row in Notification.objects.order_by("pk")] == [True, False, True]
        assert ana_client.post("/notifications/read", {"upto": told[2].pk})["Location"] == "/notifications"
        assert not Notification.objects.unread()

    def test_those_of_others_are_nobody_elses_business(self, ana_client, bob):
        told = notify(bob, kind=Kind.DECISION)
        assert ana_client.get(f"/notifications/{told.pk}").status_code == 404
        assert ana_client.post(f"/notifications/{told.pk}/read").status_code == 404
        ana_client.post("/notifications/read", {"upto": told.pk})
        assert Notification.objects.unread().count() == 1

    def test_page_costs_the_same_with_one_and_with_twenty(self, ana_client, ana):
        User.objects.update(last_seen=timezone.now())
        counts = []
        for more in (1, 19):
            for _ in range(more):
                follow_user(ana, actor=UserFactory())
                notify(ana, kind=Kind.MENTIONED, key=str(uuid.uuid4()), actor=UserFactory())
            counts.append(count_queries(ana_client, "/notifications"))
        assert counts == [3, 3]

    def test_read_followers_stand_together_by_the_day(self, ana_client, ana):
        for age in (0, 0, 3):
            follower = UserFactory()
            follow_user(ana, actor=follower)
            Notification.objects.filter(actor=follower).update(
                created_at=timezone.now() - timedelta(days=age), read_at=timezone.now()
            )
        entries = ana_client.get("/notifications", headers=BROWSER).context["entries"]
        assert sorted(len(entry.notifications) for entry in entries) == [1, 2]


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

    def test_everything_comes_oldest_first(self, ana_client, ana, bob):
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
    def test_what_is_no_time_asks_for_everything(self, ana_client, ana, bob, since):
        send_message(ana, sender=bob, body="Hi.")
        assert len(self.poll(ana_client, since)) == 1

    def test_it_costs_no_query_beside_the_reader_when_nothing_is_new(self, ana_client, ana, bob):
        User.objects.update(last_seen=timezone.now())
        send_message(ana, sender=bob, body="Hi.")
        follow_user(ana, actor=bob)
        for since, expected in [("0", 3), ("1e12", 2)]:
            assert count_queries(ana_client, f"/notifications?since={since}") == expected

    def test_signed_out_page_is_led_away_without_a_word(self, client):
        response = client.get("/notifications?since=0")
        assert response["Location"].startswith("/auth/login?next=")
        assert not response.cookies
        client.get("/notifications", headers=BROWSER)
        assert "Please log in to access this page." in text_of(client.get("/auth/login"))
