import re
import uuid

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import suspend_user
from accounts.tests.factories import UserFactory
from messaging.conversations.services import delete_conversation, send_message
from messaging.models import Message, Notification, Participant
from relationships.services import block_user
from tests.helpers.messages import badge, count_queries, text_of

pytestmark = pytest.mark.django_db

Kind = Notification.Kind


class TestSending:
    def test_message_is_sent_from_a_profile(self, ana_client, bob):
        assert 'href="/send_message/bob"' in text_of(ana_client.get("/user/bob"))
        assert "/send_message/" not in text_of(ana_client.get("/user/ana"))
        assert "Send Message to bob" in text_of(ana_client.get("/send_message/bob"))
        response = ana_client.post("/send_message/bob", {"body": "Hi."}, follow=True)
        assert response.redirect_chain == [("/user/bob", 302)]
        assert "Your message has been sent." in text_of(response)
        assert badge(bob) == 1

    def test_reply_returns_to_the_thread(self, ana_client, ana, bob):
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
    def test_submission_key_is_hidden_and_not_autocompleted(self, ana_client, bob, path):
        field = re.search(r'<input[^>]*name="submission_key"[^>]*>', text_of(ana_client.get(path)))[0]
        assert {"hidden", 'autocomplete="off"'} <= set(field.strip("<>").split())
        # HTML: an input of the type hidden must not have autocomplete="off".
        assert 'type="hidden"' not in field

    @pytest.mark.parametrize("path", ["/messages/bob", "/send_message/bob"])
    def test_form_restored_by_the_back_button_sends_its_new_text(self, ana_client, bob, path):
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
    def test_refusal_shows_the_reason_and_nothing_of_an_invisible_user(self, ana_client, ana, bob, refuse, why):
        send_message(ana, sender=bob, body="the secret of bob")
        refuse(ana, bob)
        for path in ("/messages/bob", "/send_message/bob"):
            shown = text_of(ana_client.post(path, {"body": "typed at length"}))
            assert why in shown and "typed at length" in shown and "the secret of bob" not in shown
            # What bob wrote stays hers where he blocks her, so that she can report it.
            stays = path == "/messages/bob" and why == "bob has blocked you"
            assert ana_client.get(path).status_code == (200 if stays else 404)
        assert ("bob" in text_of(ana_client.get("/messages"))) is (why == "bob has blocked you")

    def test_user_cannot_write_to_themselves(self, ana_client):
        response = ana_client.get("/messages/ana", follow=True)
        assert response.redirect_chain == [("/messages", 302)]
        assert "You cannot write to yourself." in text_of(response)
        assert "You cannot write to yourself." in text_of(ana_client.post("/send_message/ana", {"body": "Hi me."}))

    def test_sending_is_rate_limited(self, ana_client, bob, settings):
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "send_message": "2/10m/user"}
        answers = [ana_client.post("/messages/bob", {"body": "Hi."}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [302, 302, 200]
        assert "many messages" in text_of(answers[2])

    @pytest.mark.parametrize("path", ["/messages/bob", "/send_message/bob"])
    def test_text_survives_an_ended_session_and_is_restored_on_its_page_only(self, client, bob, path):
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
    def test_opening_a_thread_marks_it_as_read_and_shows_the_first_unread_message(self, ana_client, ana, bob):
        send_message(ana, sender=bob, body="seen before")
        ana_client.get("/messages/bob")
        send_message(ana, sender=bob, body="not seen")
        assert badge(ana) == 1
        shown = text_of(ana_client.get("/messages/bob"))
        assert shown.index("seen before") < shown.index("New messages") < shown.rindex("not seen")
        assert badge(ana) == 0
        assert '<span class="badge" id="message_count" hidden>0</span>' in shown
        assert "New messages" not in text_of(ana_client.get("/messages/bob"))

    def test_head_request_does_not_mark_as_read(self, ana_client, ana, bob):
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

    def test_former_username_redirects_to_the_thread(self, ana_client, ana, bob):
        bob.usernames.create(key="robert")
        send_message(ana, sender=bob, body="Hi.")
        assert ana_client.get("/messages/robert", follow=True).redirect_chain == [("/messages/bob", 301)]

    def test_html_in_messages_is_shown_as_text(self, ana_client, ana, bob):
        send_message(ana, sender=bob, body='<script>alert(1)</script> javascript:alert(2) https://example.org/"x')
        shown = text_of(ana_client.get("/messages/bob"))
        assert "<script>alert" not in shown and 'href="javascript' not in shown
        assert 'href="https://example.org/' in shown

    def test_urls_are_linked_as_in_posts(self, ana_client, ana, bob):
        send_message(ana, sender=bob, body="*https://x.org/e*: https://my_blog.example.com/\u200bx")
        shown = text_of(ana_client.get("/messages/bob"))
        assert re.findall(r'href="(https://[^"]+)"', shown) == ["https://x.org/e", "https://my_blog.example.com/"]

    def test_rows_are_in_the_language_and_time_zone_that_the_reader_has_now(self, ana_client, ana, bob):
        send_message(bob, sender=ana, body="Hi.")
        tokyo, spanish = {"time_zone": "Asia/Tokyo"}, {"language": "es"}
        for changed, own, zone in (({}, "You", "UTC"), (tokyo, "You", "JST"), (spanish, "Tú", "UTC")):
            User.objects.filter(pk=ana.pk).update(**{"time_zone": "UTC", **changed})
            # The row; and the message, its day, and when bob was last seen.
            for path, times in (("/messages", 1), ("/messages/bob", 4)):
                page = text_of(ana_client.get(path))
                assert page.count(f"{zone}</time>") == page.count("</time>") == times
                assert f">{own}" in page

    def test_messages_are_grouped_by_the_days_of_the_reader(self, ana_client, ana, bob):
        times = ["2026-01-01T12:00", "2026-01-01T22:30", "2026-01-02T02:00", "2026-01-02T03:00"]
        for time in times:
            message = send_message(ana, sender=bob, body=time)
            Message.objects.filter(pk=message.pk).update(sent_at=f"{time}Z")
        for zone, days in (("UTC", [times[:2], times[2:]]), ("Europe/Helsinki", [times[:1], times[1:]])):
            User.objects.filter(pk=ana.pk).update(time_zone=zone)
            page = text_of(ana_client.get("/messages/bob"))
            found = [re.findall(r">(2026[^<]+)<", part) for part in page.split('<li class="mb-thread__day">')[1:]]
            assert [[body for body in bodies if body in times] for bodies in found] == days

    def test_deletion_is_confirmed_and_keeps_the_other_side(self, ana_client, client, ana, bob):
        send_message(ana, sender=bob, body="Hi.")
        upto = Message.objects.get().pk
        assert "bob keeps their copy" in text_of(ana_client.get("/messages/bob/delete"))
        assert ana_client.post("/messages/bob/delete", {"upto": upto})["Location"] == "/messages"
        assert "Hi." not in text_of(ana_client.get("/messages/bob"))
        assert ana_client.get("/messages/bob/delete").status_code == 404
        client.force_login(bob)
        assert "Hi." in text_of(client.get("/messages/ana"))

    def test_message_sent_during_the_confirmation_is_not_deleted(self, ana_client, ana, bob):
        upto = send_message(ana, sender=bob, body="Hi.").pk
        send_message(ana, sender=bob, body="One more thing.")
        response = ana_client.post("/messages/bob/delete", {"upto": upto}, follow=True)
        assert "Please read it" in text_of(response) and "One more thing." in text_of(response)

    def test_list_and_thread_need_the_same_queries_for_one_and_fifty_rows(self, ana_client, ana, bob, settings):
        settings.POSTS_PER_PAGE = 60
        User.objects.update(last_seen=timezone.now())
        counts = {"/messages": [], "/messages/bob": []}
        for more in (1, 49):
            for _ in range(more):
                send_message(ana, sender=bob, body="Hi.")
                send_message(ana, sender=UserFactory(), body="Hi.")
            for path, found in counts.items():
                found.append(count_queries(ana_client, path))
        assert counts == {"/messages": [2, 2], "/messages/bob": [5, 5]}

    def test_thread_of_an_older_conversation_needs_no_additional_query(self, ana_client, ana, bob, settings):
        settings.POSTS_PER_PAGE = 3
        send_message(ana, sender=bob, body="Hi.")
        for _ in range(5):
            send_message(ana, sender=UserFactory(), body="Hi.")
        assert count_queries(ana_client, "/messages/bob") == 5
        response = ana_client.get("/messages/bob")
        assert len(response.context["conversations"]) == 3
        assert bob not in [row.other for row in response.context["conversations"]]

    def test_thread_without_messages_needs_fewer_queries(self, ana_client, bob):
        assert count_queries(ana_client, "/messages/bob") == 3


class TestConversations:
    def test_list_shows_the_latest_first_with_unread_counts(self, ana_client, ana, bob):
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
        assert "No messages yet" in text_of(ana_client.get("/messages"))

    def test_they_are_paged(self, ana_client, ana, settings):
        settings.POSTS_PER_PAGE = 2
        for _ in range(3):
            send_message(ana, sender=UserFactory(), body="Hi.")
        first = ana_client.get("/messages").context["page"]
        second = ana_client.get("/messages" + first.older).context["page"]
        assert [len(first.items), len(second.items)] == [2, 1]
