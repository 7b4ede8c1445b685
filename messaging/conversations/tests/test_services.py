import uuid

import pytest

from accounts.services import deactivate_user, suspend_user
from accounts.tests.factories import UserFactory
from messaging.conversations.services import (
    CannotDelete,
    CannotSend,
    delete_conversation,
    mark_conversation_as_read,
    send_message,
)
from messaging.models import Message, Notification, Participant
from messaging.notifications.badges import recount_unread
from relationships.services import (
    block_user,
    follow_user,
    unfollow_user,
)
from tests.helpers.concurrency import at_once
from tests.helpers.messages import fresh, last_id, side, unread

pytestmark = pytest.mark.django_db
Kind = Notification.Kind


class TestSending:
    def test_two_users_share_one_conversation(self, ana, bob):
        first = send_message(bob, sender=ana, body="Hi.")
        second = send_message(ana, sender=bob, body="Hi yourself.")
        assert first.conversation == second.conversation
        assert Participant.objects.count() == 2
        assert {side(ana, bob).last_message, side(bob, ana).last_message} == {second}
        assert (side(ana, bob).unread_count, side(bob, ana).unread_count) == (1, 1)
        assert unread(ana) == unread(bob) == (1, 0)

    def test_form_sent_twice_sends_one_message(self, ana, bob):
        key = uuid.uuid4()
        sent = [send_message(bob, sender=ana, body="Hi.", submission_key=key) for _ in range(2)]
        assert sent[0] == sent[1]
        assert unread(bob) == (1, 0)

    def test_used_key_with_another_body_or_recipient_sends(self, ana, bob):
        carl, key = UserFactory(username="carl"), uuid.uuid4()
        for _ in range(2):
            for recipient, body in [(bob, "one"), (bob, "two"), (carl, "one")]:
                send_message(recipient, sender=ana, body=body, submission_key=key)
        assert Message.objects.count() == 3
        assert (unread(bob), unread(carl)) == ((2, 0), (1, 0))

    @pytest.mark.parametrize(
        ("refuse", "why"),
        [
            (lambda ana, bob: suspend_user(ana, actor="staff"), "suspended"),
            (lambda ana, bob: suspend_user(bob, actor="staff"), "closed"),
            (lambda ana, bob: deactivate_user(bob, actor="staff"), "closed"),
            (lambda ana, bob: block_user(bob, actor=ana), "You have blocked bob"),
            (lambda ana, bob: block_user(ana, actor=bob), "bob has blocked you"),
            (lambda ana, bob: bob.delete(), "closed"),
        ],
    )
    def test_refused_message_raises_the_reason_and_is_not_sent(self, ana, bob, refuse, why):
        # Both as they were when the form was opened.
        as_before = fresh(ana), fresh(bob)
        refuse(ana, bob)
        with pytest.raises(CannotSend, match=why):
            send_message(as_before[1], sender=as_before[0], body="Hi.")
        assert not Message.objects.exists()

    def test_user_cannot_write_to_themselves(self, ana):
        with pytest.raises(CannotSend, match="yourself"):
            send_message(ana, sender=ana, body="Hi.")


class TestReading:
    def test_reading_a_conversation_reduces_the_badge(self, ana, bob):
        carl = UserFactory()
        for sender in (ana, ana, carl):
            send_message(bob, sender=sender, body="Hi.")
        assert unread(bob) == (3, 0)
        mark_conversation_as_read(side(bob, ana), upto=side(bob, ana).last_message_id)
        assert unread(bob) == (1, 0)
        assert side(bob, ana).unread_count == 0

    def test_concurrent_message_stays_unread(self, ana, bob):
        seen = send_message(bob, sender=ana, body="Hi.")
        as_read = side(bob, ana)
        send_message(bob, sender=ana, body="Are you there?")
        assert not mark_conversation_as_read(as_read, upto=seen.pk)
        assert unread(bob) == (2, 0)


class TestDeleting:
    def test_conversation_is_deleted_for_its_owner_only_and_can_continue(self, ana, bob):
        send_message(bob, sender=ana, body="Hi.")
        delete_conversation(side(bob, ana), upto=last_id())
        assert unread(bob) == (0, 0)
        assert not Participant.objects.of(bob).listed()
        assert Message.objects.seen_by(side(bob, ana)).count() == 0
        assert Message.objects.seen_by(side(ana, bob)).count() == 1
        send_message(bob, sender=ana, body="Still there?")
        assert [message.body for message in Message.objects.seen_by(side(bob, ana))] == ["Still there?"]

    def test_messages_that_both_deleted_are_removed(self, ana, bob):
        send_message(bob, sender=ana, body="Hi.")
        for owner, other in [(ana, bob), (bob, ana)]:
            delete_conversation(side(owner, other), upto=last_id())
        assert not Message.objects.exists()

    def test_unseen_message_is_not_deleted(self, ana, bob):
        seen = send_message(bob, sender=ana, body="Hi.")
        send_message(bob, sender=ana, body="One more thing.")
        bobs_side = side(bob, ana)
        with pytest.raises(CannotDelete):
            delete_conversation(bobs_side, upto=seen.pk)
        assert unread(bob) == (2, 0)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_concurrent_requests_with_one_form_send_one_message(self, ana, bob):
        key = uuid.uuid4()
        sent = at_once(*[lambda: send_message(bob, sender=ana, body="Hi.", submission_key=key)] * 4)
        assert len({message.pk for message in sent}) == Message.objects.count() == 1
        assert unread(bob) == (1, 0)

    def test_concurrent_sending_and_reading_does_not_deadlock(self, ana, bob):
        send_message(bob, sender=ana, body="Hi.")
        send_message(ana, sender=bob, body="Hi.")

        def talk(one, other):
            for _ in range(5):
                send_message(other, sender=one, body="And another thing.")
                mine = side(one, other)
                mark_conversation_as_read(mine, upto=mine.last_message_id)
                follow_user(other, actor=one)
                unfollow_user(other, actor=one)
            return True

        assert at_once(lambda: talk(ana, bob), lambda: talk(bob, ana)) == [True, True]
        assert Message.objects.count() == 12
        assert recount_unread([ana.pk, bob.pk]) == []
